namespace NnService.Api.Http.Describing;

/// <summary>What a value in a path, a query or a header looks like, in the words of JSON Schema.</summary>
/// <param name="Type"><c>string</c>, <c>integer</c>, <c>number</c> or <c>boolean</c>.</param>
/// <param name="Format">What it is in particular; null: nothing more is said.</param>
internal sealed record ValueForm(string Type, string? Format = null)
{
    public static ValueForm Text { get; } = new("string");

    public static ValueForm Flag { get; } = new("boolean");

    public static ValueForm Time { get; } = new("string", "date-time");

    public static ValueForm Fraction { get; } = new("number", "double") { Minimum = 0, Maximum = 1 };

    /// <summary>The name of a network, dataset or model.</summary>
    public static ValueForm Name { get; } = new("string") { Pattern = ResourceName.Form };

    /// <summary>The smallest number; null: no limit.</summary>
    public int? Minimum { get; private init; }

    /// <summary>The greatest number; null: no limit.</summary>
    public int? Maximum { get; private init; }

    /// <summary>A regular expression that every value fits; null: none is said.</summary>
    public string? Pattern { get; private init; }

    /// <summary>Every value there is; null: they are not counted.</summary>
    public IReadOnlyList<string>? Values { get; private init; }

    /// <summary>The type that has its schema; null: the other members say it.</summary>
    public Type? Named { get; private init; }

    /// <summary>One of an enum's names.</summary>
    public static ValueForm Of<TEnum>()
        where TEnum : struct, Enum => new("string") { Named = typeof(TEnum) };

    public static ValueForm Whole(int low, int? high = null) => new("integer", "int32") { Minimum = low, Maximum = high };

    public static ValueForm Matching(string pattern) => new("string") { Pattern = pattern };

    public static ValueForm OneOf(params IEnumerable<string> values) => new("string") { Values = [.. values] };
}
