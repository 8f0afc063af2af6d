using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>What a caller may say about how a table is written, in a query or in the parts of a form.</summary>
internal static class ReadingOptions
{
    /// <summary>How a content type says that a CSV has no header.</summary>
    public const string Absent = "absent";

    private const string Spellings = "missing";
    private const int MostSpellings = 100;

    /// <summary>What may be said about any CSV.</summary>
    public static QueryParameter[] OfCsv { get; } =
    [
        new("header", "`false`: the CSV has no header; a table's columns are then `column1`, `column2` …, and those of rows to predict the model's own, in their order.", null) { Form = ValueForm.Flag },
        new("delimiter", "What separates cells: `,` `;` `|` or `tab`; left out: said by a first line `sep=;`, or found.", null)
        {
            Form = ValueForm.Matching("^([,;|]|tab)$"), // no enum: code generators find no names for punctuation marks
        },
        new("decimal", "What stands before the fraction of a number: `.` (default) or `,`.", null) { Form = ValueForm.Matching("^[.,]$") },
        new("thousands", "What stands between groups of three digits: `.` `,` `'` `_` or `space`; left out: nothing.", null)
        {
            Form = ValueForm.Matching("^([.,'_]|space)$"),
        },
        new(Spellings, "What is missing besides an empty cell, with `|` between: `none|-999`. It replaces the usual spellings, so that `NA` can be a word.",
            null),
    ];

    /// <summary>What may be said about an upload besides its name.</summary>
    public static QueryParameter[] OfUpload { get; } =
        [new("types", "Types of columns that are to be read otherwise than they look: `zip:category,age:number`.", null), .. OfCsv];

    /// <summary>How an upload is to be read. Errors: <see cref="ProblemException"/>.</summary>
    /// <param name="format">The form it came in.</param>
    /// <param name="said">What is said under a name; null: nothing.</param>
    public static DatasetReading Reading(DatasetFormat format, Func<string, string?> said)
    {
        if (format != DatasetFormat.Csv)
            foreach (var name in (string[])["header", "delimiter"])
                if (said(name) is { Length: > 0 })
                    throw Refusal.Exception(400, $"{name} says how a CSV is written, and the table is JSON; leave it out.", $"#/{name}");
        var decimalMark = Decimal(said("decimal"));
        var thousands = Thousands(said("thousands"), decimalMark ?? '.');
        return new DatasetReading
        {
            Format = format,
            Delimiter = Delimiter(said("delimiter")),
            Types = Types(said("types")),
            Header = Header(said("header")) ? null : false,
            Decimal = decimalMark is ',' ? "," : null,
            Thousands = thousands?.ToString(),
            Missing = Missing(said(Spellings)),
        };
    }

    /// <summary>How a CSV to predict is read: as the training table was written, unless the query says otherwise. Errors:
    /// <see cref="ProblemException"/>.</summary>
    public static TableReadOptions OfScoring(HttpRequest request, CellNotation? trained)
    {
        char? tabs = TableTypes.HasTabs(request) ? '\t' : null;
        if (!request.QueryString.HasValue)
            return new TableReadOptions { HasHeader = HeaderInType(request) != Absent, Delimiter = tabs, Notation = trained ?? CellNotation.Default };
        string? Said(string name) => SaidIn(request.Query, name);
        trained ??= CellNotation.Default;
        var decimalMark = Decimal(Said("decimal"));
        var areMarksSaid = decimalMark is not null || Said("thousands") is not null;
        return new TableReadOptions
        {
            HasHeader = Header(Said("header") ?? SaidInType(request)),
            Delimiter = Delimiter(Said("delimiter"))?[0] ?? tabs,
            Notation = new CellNotation(
                areMarksSaid ? decimalMark ?? '.' : trained.DecimalMark,
                areMarksSaid ? Thousands(Said("thousands"), decimalMark ?? '.') : trained.Thousands,
                Missing(Said(Spellings)) ?? trained.Missing),
        };
    }

    /// <summary>Refuses what is said about a CSV where the body is none. Errors: <see cref="ProblemException"/>.</summary>
    public static void RefuseWithoutCsv(HttpRequest request)
    {
        if (!request.QueryString.HasValue) // of most requests all that is looked at
            return;
        foreach (var parameter in OfCsv)
            if (request.Query.ContainsKey(parameter.Name))
                throw Refusal.Exception(400, $"{parameter.Name} says how a CSV is written; send one as text/csv, or leave it out.");
    }

    /// <summary>What the content type says of the header, as RFC 4180 has it (<c>text/csv; header=absent</c>); null: nothing.</summary>
    public static string? HeaderInType(HttpRequest request) =>
        request.ContentType?.Contains("header", StringComparison.OrdinalIgnoreCase) != true
            ? null
            : request.GetTypedHeaders().ContentType?.Parameters
                .FirstOrDefault(parameter => parameter.Name.Equals("header", StringComparison.OrdinalIgnoreCase))?.Value.ToString().ToLowerInvariant();

    /// <summary>The same as <c>header</c> in a query says it; null: the content type does not say that there is none.</summary>
    public static string? SaidInType(HttpRequest request) => HeaderInType(request) == Absent ? "false" : null;

    /// <summary>What a query says under a name; null: nothing. Said several times, <c>missing</c> is all of what is said.</summary>
    public static string? SaidIn(IQueryCollection query, string name) =>
        !query.TryGetValue(name, out var values) ? null : name == Spellings ? string.Join('|', values.AsEnumerable()) : values.ToString();

    private static bool Header(string? said) => said?.Trim() switch
    {
        null or "" or "true" => true,
        "false" => false,
        _ => throw Refusal.Exception(400, $"header: \"{said}\" is neither true nor false.", "#/header"),
    };

    private static string? Delimiter(string? said) => said switch
    {
        null or "" => null,
        "," or ";" or "\t" or "|" => said,
        "tab" or "\\t" => "\t",
        _ => throw Refusal.Exception(400, $"delimiter: \"{said}\" is not one of , ; | or tab.", "#/delimiter"),
    };

    private static char? Decimal(string? said) => said?.Trim() switch
    {
        null or "" => null,
        "." => '.',
        "," => ',',
        _ => throw Refusal.Exception(400, $"decimal: \"{said}\" is neither . nor ,", "#/decimal"),
    };

    private static char? Thousands(string? said, char decimalMark)
    {
        char? mark = said switch
        {
            null or "" => null,
            "." or "," or "'" or "_" or " " => said[0],
            "space" => ' ',
            _ => throw Refusal.Exception(400, $"thousands: \"{said}\" is not one of . , ' _ or space.", "#/thousands"),
        };
        return mark == decimalMark
            ? throw Refusal.Exception(400, $"thousands: \"{said}\" stands before the fraction too; add decimal={(said == "." ? ',' : '.')}", "#/thousands")
            : mark;
    }

    private static string[]? Missing(string? said)
    {
        if (said is null)
            return null;
        string[] spellings =
        [
            .. said.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal),
        ];
        return spellings.Length <= MostSpellings
            ? spellings
            : throw Refusal.Exception(400, $"missing: more than {MostSpellings} spellings are given.", "#/missing");
    }

    private static SortedDictionary<string, ColumnType>? Types(string? said)
    {
        if (string.IsNullOrWhiteSpace(said))
            return null;
        var types = new SortedDictionary<string, ColumnType>(StringComparer.Ordinal);
        foreach (var declared in said.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = declared.LastIndexOf(':');
            var name = colon < 0 ? declared : declared[..colon].Trim();
            if (colon <= 0 || !EnumNames<ColumnType>.TryParse(declared[(colon + 1)..].Trim(), out var type))
                throw Refusal.Exception(400, $"types: \"{declared}\" is not of the form column:type with type number, boolean, category or text.", "#/types");
            if (!types.TryAdd(name, type))
                throw Refusal.Exception(400, $"types: column \"{name}\" stands there twice.", "#/types");
        }

        return types;
    }
}
