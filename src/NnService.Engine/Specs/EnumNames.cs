using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace NnService.Engine.Specs;

/// <summary>The names of an enum's values on the wire: camelCase, letter by letter, and one at a time.</summary>
// Enum.Parse takes "a,b" as the value with the bits of both, which may be another one's, and numbers as values.
public static class EnumNames<TEnum>
    where TEnum : struct, Enum
{
    private static readonly Dictionary<TEnum, string> s_names =
        Enum.GetValues<TEnum>().ToDictionary(value => value, value => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));

    private static readonly Dictionary<string, TEnum> s_values = s_names.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>All names, in the order of the values.</summary>
    [SuppressMessage("Design", "CA1000:Do not declare static members on generic types", Justification = "Nothing else says of which enum.")]
    public static IReadOnlyList<string> All { get; } = [.. s_names.Values];

    /// <summary>The name of a value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The enum has no such value.</exception>
    [SuppressMessage("Design", "CA1000:Do not declare static members on generic types", Justification = "As above.")]
    public static string Of(TEnum value) => s_names.TryGetValue(value, out var name) ? name : throw new ArgumentOutOfRangeException(nameof(value), value, null);

    /// <summary>The value of a name; false: there is none of that name.</summary>
    [SuppressMessage("Design", "CA1000:Do not declare static members on generic types", Justification = "As above.")]
    public static bool TryParse([NotNullWhen(true)] string? name, out TEnum value)
    {
        value = default;
        return name is not null && s_values.TryGetValue(name, out value);
    }
}
