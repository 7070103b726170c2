"""What did the people of the fictional Trust write?"""

TELL = {
    "child_voice": (
        "Mornings are the hard part. The worker knows this child’s day without looking at the record.",
        "They draw together. The worker keeps the drawings and puts the words on them.",
        "The breakfast club came from what the child said. So did asking Nan to do the school run.",
    ),
    "assessment": (
        "The worker can explain how the early years shaped what is happening now.",
        "We talked about Dad, who was not in the first assessment. He has been seen twice since.",
        "The worker tested two explanations with the family network before settling on one.",
    ),
    "planning": (
        "The family helped to write the plan and has a copy on the fridge.",
        "Each action has a name and a date. Two dates have slipped.",
        "The worker could say what happens if things are not better by the next review.",
    ),
    "oversight": (
        "Supervision is monthly and the worker says it helps to think.",
        "The manager asked why the visits had dropped, and they went up again.",
        "The worker knows what their manager decided and why.",
    ),
}
SHOW = {
    "yes": (
        "It is written down, dated, and in the child’s own words where that matters.",
        "Found it in the plan and in three visits. It is easy to follow.",
    ),
    "in_part": (
        "Some of it is there. The last two visits say what was seen, not what was said.",
        "It is in the plan. The core group notes do not mention it.",
    ),
    "no": (
        "The worker could tell us, and the record does not show it yet.",
        "We looked in visits, plans and meetings and could not see it.",
    ),
    "not_applicable": ("",),
}
EVIDENCE = (
    ("Direct work, three houses", "Documents"),
    ("Home visit", "Case notes"),
    ("Child protection plan", "Plans"),
    ("Core group notes", "Meetings"),
    ("Supervision record", "Management oversight"),
    ("Visit history", "Visits"),
    ("Chronology", "Assessments"),
)
REASONS = {
    "outstanding": "The child steers the work and the record reads as their story. Life is better for it.",
    "good": "We know this child well, and what was heard has shaped the plan. Visits could say more.",
    "requires_improvement": "The right things are under way. They are not yet steady, and it is hard to see what will be better by when.",
    "inadequate": "The child has not been heard for some time, and the plan has drifted without anybody noticing.",
}
EXTENT_REASONS = {
    "yes": "It fits what the child and the family need now.",
    "mostly": "It fits, with one gap that we talked about.",
    "in_part": "Some of it fits. The part about home is late.",
    "no": "It does not fit yet, and the worker agrees.",
}
STRENGTHS = (
    "You always come back when you say you will, and the child knows it.",
    "You noticed the pattern in the Monday absences before school did.",
    "The family can say what needs to change, in their own words.",
    "Partners were brought in early and know their part.",
)
FEEDBACK = {
    "child": (
        "I like it when we draw and my words go on the picture.",
        "Tell me sooner when plans change.",
    ),
    "parent": (
        "I know what I have to do and what the worker is doing.",
        "One number that always answers.",
    ),
    "partner": (
        "We were asked, and what we said is in the plan.",
        "The notes after the meeting, sooner.",
    ),
}
WHO = {"child": "", "parent": "Mum", "partner": "School"}
REFLECTION = {
    "proud": "That we listen to each other, and that the plan came from the child’s words.",
    "differently": "Write it up the same day, while it is fresh.",
    "in_the_way": "Two urgent pieces of work in the same month.",
    "support": "Time in supervision to think about the family as a whole.",
}
# theme: (pillar, problem, action, difference)
ACTIONS = {
    "direct_work": (
        "child_voice",
        "Visits say what was seen, and not what the child said.",
        "Write up the next visit in words that can be read back together",
        "The child can see that what was said has been heard.",
    ),
    "advocacy": (
        "child_voice",
        "Nobody outside the Trust speaks up for this child.",
        "Offer an advocate before the next conference",
        "The child has somebody of their own in the room.",
    ),
    "identity": (
        "child_voice",
        "Faith and language are named, and change nothing.",
        "Ask what faith and language mean to the child and put it in the assessment",
        "The child recognises their own family in what we write.",
    ),
    "chronology": (
        "assessment",
        "House moves are listed without what they meant.",
        "Update the chronology to show what each house move meant for the child",
        "The adults understand why change is frightening, and plan for it.",
    ),
    "fathers": (
        "assessment",
        "Dad’s view is not part of the assessment.",
        "Meet Dad and bring what he says into the assessment",
        "The child’s whole family is part of the plan.",
    ),
    "plans": (
        "planning",
        "The plan does not say what will be better by when.",
        "Rewrite the plan with the family: what will be better, by when, and plan B",
        "The family knows what is happening and what they can expect.",
    ),
    "partners": (
        "planning",
        "The health visitor got the plan five weeks late.",
        "Bring the school nurse into the core group and share the plan",
        "Everybody who matters to the child pulls the same way.",
    ),
    "drift": (
        "planning",
        "Two reviews have passed without a change.",
        "Hold a review this month and decide what changes if nothing is better",
        "The child does not wait for adults to decide.",
    ),
    "supervision": (
        "oversight",
        "Supervision tracks tasks and leaves little room to think.",
        "Hold supervision every month and record the thinking, not only the tasks",
        "Somebody has a grip on the plan, and the worker has room to think.",
    ),
    "transitions": (
        "oversight",
        "It is not written down why the plan stepped down.",
        "Record why the plan stepped down, and who agreed",
        "The child’s story shows why help changed.",
    ),
}
NOTES = {
    "under_way": "Talked it through with the family. First steps taken this week.",
    "done": "Done together with the family. It is on the record.",
    "checked": "I have read the record. It happened, and it was worth doing.",
    "ask": "Good start. Show what the child said about it.",
}
FINDINGS = {
    "better": "Life is better: it was said in their own words when we looked again.",
    "same": "It was done, and nothing has changed for the child yet.",
    "too_soon": "It is in place. Too soon to tell what it changes.",
    "worse": "Things have become harder. The plan needs another idea.",
    "not_applicable": "The family has moved on from this: it no longer applies.",
}
