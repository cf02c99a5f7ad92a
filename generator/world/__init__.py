"""The world: learners, devices, schools and content, made from a seed or read from the user's own files."""

from generator.world.catalogue import Catalogue
from generator.world.channel import Channel, School
from generator.world.content import Content, Course, CourseUnit, Textbook
from generator.world.device import Device
from generator.world.learner import Habits, Learner
from generator.world.question import Question
from generator.world.question_set import QuestionSet
from generator.world.service import Service
from generator.world.world import World

__all__ = [
    "Catalogue",
    "Channel",
    "Content",
    "Course",
    "CourseUnit",
    "Device",
    "Habits",
    "Learner",
    "Question",
    "QuestionSet",
    "School",
    "Service",
    "Textbook",
    "World",
]  # fmt: skip
