using System.Globalization;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Data.Nodes;

/// <summary>
/// What a write has changed, for whoever keeps something of it in memory, in this process and in others. It says where to look, never what is there: the rows
/// are the truth.
/// </summary>
internal sealed class News
{
    private const int MostIds = 100; // a notice has room for 8,000 bytes
    private const char Moved = 'j', Point = 'p', Look = 'l';

    /// <summary>Anything may have changed: something that was told has not been heard.</summary>
    public static News OfEverything { get; } = new() { IsEverything = true, Models = true, Keys = true, Studies = true, Queue = true };

    /// <summary>Whether any job or study may have changed.</summary>
    public bool IsEverything { get; private set; }

    /// <summary>Jobs and studies whose state, or what they have been asked for, has changed.</summary>
    public HashSet<Guid> Jobs { get; } = [];

    /// <summary>Jobs of this process that wait in the queue since. Other nodes are told when the scheduler has them (<see cref="Queue"/>).</summary>
    public List<TrainingJob> Queued { get; } = [];

    /// <summary>Jobs that have new points in their history and nothing else.</summary>
    public HashSet<Guid> Points { get; } = [];

    /// <summary>Jobs that somebody looks at, so that a checkpoint is wanted.</summary>
    public HashSet<Guid> Looks { get; } = [];

    /// <summary>Whether a name may lead to another model.</summary>
    public bool Models { get; set; }

    /// <summary>Whether keys were made or revoked.</summary>
    public bool Keys { get; set; }

    /// <summary>Whether studies have something to do.</summary>
    public bool Studies { get; set; }

    /// <summary>Whether the scheduler has a job to fire.</summary>
    public bool Queue { get; set; }

    /// <summary>Whether there is any.</summary>
    public bool IsAny => IsEverything || Models || Keys || Studies || Queue || Jobs.Count + Points.Count + Looks.Count > 0;

    /// <summary>Whether it tells of points in histories and of nothing else.</summary>
    public bool IsPointsAlone => Points.Count > 0 && !IsEverything && !Models && !Keys && !Studies && !Queue && Jobs.Count + Looks.Count == 0;

    /// <summary>As words of letters and digits, with blanks between them.</summary>
    public string ToText()
    {
        if (IsEverything || Jobs.Count + Points.Count + Looks.Count > MostIds)
            return "*";
        var words = new List<string>();
        foreach (var (is_, word) in new[] { (Models, "models"), (Keys, "keys"), (Studies, "studies"), (Queue, "queue") })
            if (is_)
                words.Add(word);
        words.AddRange(Jobs.Select(id => $"{Moved}{id:N}"));
        words.AddRange(Points.Except(Jobs).Select(id => $"{Point}{id:N}"));
        words.AddRange(Looks.Select(id => $"{Look}{id:N}"));
        return string.Join(' ', words);
    }

    /// <summary>Reads <see cref="ToText"/>. A word that a newer version has is everything.</summary>
    public static News Parse(IEnumerable<string> words)
    {
        var news = new News();
        foreach (var word in words)
            if (!news.TryAdd(word))
                return OfEverything;
        return news;
    }

    private bool TryAdd(string word)
    {
        if (word.Length == 33 && Guid.TryParseExact(word.AsSpan(1), "N", out var id))
            return (word[0] switch { Moved => Jobs, Point => Points, Look => Looks, _ => null })?.Add(id) is not null;
        switch (word)
        {
            case "models": return Models = true;
            case "keys": return Keys = true;
            case "studies": return Studies = true;
            case "queue": return Queue = true;
            default: return false;
        }
    }
}

/// <summary>News with who tells them and their place among all that were told.</summary>
/// <param name="Number">One more than that of the news before; 0: it has none, and is no loss.</param>
/// <param name="Node">The node that tells.</param>
/// <param name="News">What it tells.</param>
internal sealed record Notice(long Number, Guid Node, News News)
{
    /// <summary>Reads a notice: a number, a node and the news, with blanks between them. One that cannot be read may be of anything.</summary>
    public static Notice Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 1 && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Guid.TryParse(words[1], out var node)
            ? new Notice(number, node, News.Parse(words[2..]))
            : new Notice(0, Guid.Empty, News.OfEverything);
    }
}
