"""The Desk's own screen elements, each a Streamlit component (v2) in a folder of its own.

Every element is registered once, when its module is imported. Its JavaScript and CSS are plain files beside the
Python; data reaches them as JSON and enters the page as text, never as markup. All words come from Python.
"""
