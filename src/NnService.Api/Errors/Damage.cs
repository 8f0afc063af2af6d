using System.Collections.Concurrent;

namespace NnService.Api.Errors;

/// <summary>What was found not to be what was saved, since the start; the health check tells it.</summary>
internal sealed class Damage(ILogger<Damage> log)
{
    private readonly ConcurrentDictionary<string, string> _found = new(); // each with what it is about

    /// <summary>A sentence for each thing.</summary>
    public IReadOnlyCollection<string> Found => [.. _found.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Notes it, in the log the first time.</summary>
    /// <param name="what">A sentence that says what is damaged and what that means.</param>
    /// <param name="about">What can be deleted, and the sentence with it: its kind and which one, as <c>training job 7f…</c>; where another may come to have its
    /// name, also what that will not have, behind a slash: <c>model iris/12</c>. Empty: nothing can be.</param>
    public void Note(string what, string about = "")
    {
        var isNew = _found.TryAdd(what, about);
        _found[what] = about; // another one may have the name by now
        if (isNew)
            log.LogError("{Damage}", what);
    }

    /// <summary>Notes it in the place of what was noted about the same: the last failure of something that is tried again and again.</summary>
    public void Replace(string what, string about)
    {
        Note(what, about);
        foreach (var (other, _) in _found.Where(found => found.Value == about && found.Key != what))
            _found.TryRemove(other, out _);
    }

    /// <summary>What was noted holds no longer: somebody has put it back.</summary>
    /// <param name="what">The sentence.</param>
    public void Mended(string what)
    {
        if (_found.TryRemove(what, out _))
            log.LogInformation("No longer so: {Damage}", what);
    }

    /// <summary>What something was noted about has been deleted, with what is behind its slash.</summary>
    public void Deleted(string about)
    {
        foreach (var (what, _) in _found.Where(found => found.Value == about || found.Value.StartsWith(about + '/', StringComparison.Ordinal)))
            Mended(what);
    }

    /// <summary>Which ones of a kind something is noted about.</summary>
    public IReadOnlyList<string> Which(string kind) =>
        [.. _found.Values.Where(about => about.StartsWith(kind + ' ', StringComparison.Ordinal)).Select(about => about[(kind.Length + 1)..]).Distinct()];

    /// <summary>Notes it, and makes what refuses the request.</summary>
    public DamageException Refuse(string what, string about)
    {
        Note(what, about);
        return new DamageException(what);
    }
}

/// <summary>Something stored is not what was saved, and is not served.</summary>
internal class DamageException(string what) : Exception(what);
