using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>The names of networks, datasets and models.</summary>
internal static partial class ResourceName
{
    /// <summary>The form of a name, for people and for the OpenAPI document.</summary>
    public const string Form = "^[a-z0-9][a-z0-9._-]{0,62}$";

    /// <summary>The longest name.</summary>
    public const int MostCharacters = 63;

    public static bool IsValid(string name) => Pattern().IsMatch(name);

    /// <summary>A name of the form <c>network-7f3a1c9e</c> for a caller who gave none.</summary>
    public static string New(string noun) => $"{noun}-{Guid.CreateVersion7().ToString("N")[^12..]}";

    /// <summary>A name of the form <c>prices-7f3a1c9e</c> for something that would be called <c>prices</c>, where another has that name; the same for the same
    /// content.</summary>
    public static string Beside(string name, string content)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))[..12];
        return $"{name[..Math.Min(name.Length, MostCharacters - hash.Length - 1)].TrimEnd('.', '_', '-')}-{hash}";
    }

    /// <summary>What to say about a name that is not valid; null where it is, or where there is none.</summary>
    public static SpecProblem? Problem(string? name, string pointer) => name is null || IsValid(name)
        ? null
        : new SpecProblem(
            pointer,
            $"\"{Echo.Cut(name)}\" is not a name: use 1 to 63 lower-case letters, digits, dots, underscores and hyphens, the first one a letter or a digit.");

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,62}\\z")]
    private static partial Regex Pattern();
}
