"""Images of discs (--image iso): never larger than their disc, and filled as far as chunks allow."""

import glob
import os
import shutil

from fault_matrix.files import Trouble, must
from media_trial import judge

# The sectors of a preset, by the documents.
DVD = 2_295_104 * 2048
# Descriptors, path tables and the pad at the end: the same on every disc.
FIXED = 178 * 2048


class Images:
    """Images of one lab's snapshot."""

    def __init__(self, lab, place, sabotage):
        self.lab, self.place, self.sabotage = lab, place, sabotage
        os.makedirs(place)

    def words(self, media, chunk, *more):
        return ["export", "first", "--full", "--image", "iso", "--media", media, "--chunk-size",
                chunk, *more]

    def plan(self, media, chunk):
        return self.lab.outside.json(*self.words(media, chunk, "--to", self.place), "--dry-run")

    def write(self, media, chunk, size):
        """Writes all images; how full each but the last is."""
        to = os.path.join(self.place, f"to-{media.replace(',', '-')}")
        shutil.rmtree(to, ignore_errors=True)
        os.makedirs(to)
        judge.expect(self.lab.outside.run(*self.words(media, chunk, "--to", to)), 0,
                     "SHA-256 [0-9a-f]{64}")
        images = sorted(glob.glob(to + "/*.iso"), key=lambda path: (len(path), path))
        if self.sabotage == "wastes":
            with open(images[0], "ab") as file:
                file.truncate(size + 2048)
        if self.sabotage == "flips":
            with open(images[0], "r+b") as file:
                file.seek(os.path.getsize(images[0]) // 2)
                file.write(b"\0" * 64)
        self.judge(images, size)
        fills = [round(100 * os.path.getsize(path) / size, 2) for path in images]
        shutil.rmtree(to)
        return fills

    def judge(self, images, size):
        """No image is too large; xorriso reads what stock tools take; all of them arrive."""
        for path in images:
            if os.path.getsize(path) > size:
                raise Trouble(f"{path} has {os.path.getsize(path)} bytes of {size}")
            tree = path + ".tree"
            must(["xorriso", "-osirrox", "on", "-indev", path, "-extract", "/", tree])
            judge.stock_tools(tree, self.lab.ring, len(images) > 1)
            shutil.rmtree(tree)
        judge.expect(self.lab.outside.look("verify", *images, "--keyring", self.lab.key), 0)
        judge.arrives(self.lab.inside, self.place + "/site", images)
        shutil.rmtree(self.place + "/site", ignore_errors=True)

    def exactly(self, chunk):
        """The smallest disc that takes all of it, and one with a sector less."""
        low, high = 1_000_000 // 2048, 200_000_000 // 2048
        while low < high:
            middle = (low + high) // 2
            shown = self.lab.outside.run(*self.words(str(middle * 2048), chunk, "--to", self.place),
                                         "--dry-run", "--json")
            if shown.returncode == 0:
                high = middle
            else:
                low = middle + 1
        size = low * 2048
        rows = [{"what": "exactly", "size": size, "images": self.write(str(size), chunk, size)}]
        less = size - 2048
        if self.sabotage == "plans-blindly":
            less = size
        fills = self.write(f"{less}x2", chunk, less)
        if len(fills) != 2:
            raise Trouble(f"a sector less, and there are {len(fills)} images")
        return rows + [{"what": "a sector less", "size": less, "images": fills}]

    def several(self, size, chunk):
        """Discs of one size: all but the last are full, the fixed part and the pad left aside."""
        if self.sabotage == "plans-blindly":
            chunk = "2MiB"
        fills = self.write(f"{size}x20", chunk, size)
        least = 99 * (size - FIXED) / size
        if len(fills) < 3 or min(fills[:-1]) < least:
            raise Trouble(f"the images are filled to {fills} %")
        return [{"what": "several", "size": size, "images": fills}]

    def preset(self):
        """A preset that is far too large: one image, no larger than it must be."""
        return [{"what": "dvd", "size": DVD, "images": self.write("dvd", "1MiB", DVD)}]
