using NnService.Api.Http;

namespace NnService.Api.Access.Keys;

/// <summary>The scopes of a key.</summary>
/// <param name="Bits">A bit for each, by its number.</param>
internal readonly record struct ScopeSet(int Bits)
{
    private static readonly Scope[] s_all = Enum.GetValues<Scope>();

    public static ScopeSet Of(params IEnumerable<Scope> scopes) => new(scopes.Aggregate(0, (bits, scope) => bits | (1 << (int)scope)));

    /// <summary>Them in their order.</summary>
    public IReadOnlyList<Scope> Members
    {
        get
        {
            var bits = Bits;
            return [.. s_all.Where(scope => (bits & (1 << (int)scope)) != 0)];
        }
    }

    /// <summary>Whether a key with them may do what needs a scope: <c>admin</c> may do everything.</summary>
    public bool Grants(Scope needed) => (Bits & ((1 << (int)needed) | (1 << (int)Scope.Admin))) != 0;

    /// <summary>As on the wire, with commas: <c>read,predict</c>.</summary>
    public override string ToString() => string.Join(',', Members.Select(NameOf));

    /// <summary>A scope as on the wire.</summary>
    public static string NameOf(Scope scope) => scope.Name();

    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    public static ScopeSet Parse(string text) => TryParse(text, out var scopes) ? scopes : throw new FormatException($"\"{text}\" are no scopes.");

    /// <summary>The same of a text that may be anything; false where there is none or another word.</summary>
    public static bool TryParse(string text, out ScopeSet scopes)
    {
        var words = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        scopes = Of(s_all.Where(scope => words.Contains(NameOf(scope))));
        return words.Length > 0 && words.All(word => s_all.Any(scope => NameOf(scope) == word));
    }
}
