using System.Collections.Concurrent;

namespace NnService.Api.Errors;

/// <summary>What was found not to be what was saved, since the start; the health check tells it.</summary>
internal sealed class Damage(ILogger<Damage> log)
{
    private readonly ConcurrentDictionary<string, bool> _found = new();

    /// <summary>A sentence for each thing.</summary>
    public IReadOnlyCollection<string> Found => [.. _found.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Notes it, in the log the first time.</summary>
    /// <param name="what">A sentence that says what is damaged and what that means.</param>
    public void Note(string what)
    {
        if (_found.TryAdd(what, true))
            log.LogError("{Damage}", what);
    }

    /// <summary>What was noted holds no longer: somebody has put it back.</summary>
    /// <param name="what">The sentence.</param>
    public void Mended(string what)
    {
        if (_found.TryRemove(what, out _))
            log.LogInformation("No longer so: {Damage}", what);
    }

    /// <summary>Notes it, and makes what refuses the request.</summary>
    public DamageException Refuse(string what)
    {
        Note(what);
        return new DamageException(what);
    }
}

/// <summary>Something stored is not what was saved, and is not served.</summary>
internal sealed class DamageException(string what) : Exception(what);
