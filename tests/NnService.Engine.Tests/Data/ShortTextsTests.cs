using NnService.Engine.Data;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Tests.Data;

public class ShortTextsTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(26)]
    public void Cells_of_every_length_keep_their_text(int letters)
    {
        var random = new System.Random(letters);
        string[] words = [.. Enumerable.Range(0, 3000).Select(_ => Word()).Select(word => letters == 26 ? word : word + new string('c', random.Next(3)))];
        string[] cells = [.. Enumerable.Range(0, 20_000).Select(i => i % 97 == 0 ? "NA" : words[random.Next(i < 5000 ? 40 : words.Length)])];

        Table table = Tables.Csv("word,y\n" + string.Concat(cells.Select(cell => $"{cell},1\n")), Tables.Types(("word", ColumnType.Category)));

        Assert.Equal(cells.Select(cell => cell == "NA" ? null : cell), Tables.Texts(table, "word"));
        Assert.Equal(cells.Count(cell => cell == "NA"), table.Find("word")!.Missing);

        string Word() => new([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => (char)('a' + random.Next(letters)))]);
    }

    [Fact]
    public void Remembers_short_texts_and_no_others()
    {
        var texts = new ShortTexts(new ReadingMemory(new MemoryBlocks(), 1));
        byte[][] all = [.. Enumerable.Range(0, 18).Select(length => Enumerable.Range(0, length).Select(i => (byte)i).ToArray())];
        for (var length = 0; length < all.Length; length++)
            texts.Keep(all[length], length);

        for (var length = 0; length < all.Length; length++)
            if (texts.TryGet(all[length], out int code))
                Assert.Equal(length, code);
        Assert.True(texts.TryGet(all[16], out _));
        Assert.False(texts.TryGet(all[17], out _));
        Assert.False(texts.TryGet([], out _));
        Assert.False(texts.TryGet([0, 0, 0, 0, 0, 0, 0, 0, 0], out _));
    }
}
