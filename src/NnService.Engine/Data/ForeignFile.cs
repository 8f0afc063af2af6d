using System.Text;
using System.Text.Json;

namespace NnService.Engine.Data;

/// <summary>Knows files that are no tables in text by their first bytes, and says what to do with them.</summary>
public static class ForeignFile
{
    /// <summary>Bytes from the start of a file that are enough to know it.</summary>
    public const int SampleBytes = 8192;

    private const string Pandas = "write it as CSV, for example with pandas: ";

    private static readonly (byte[] Start, string What, string ToDo)[] s_known =
    [
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "an Excel workbook of the old kind (xls)", "save its sheet as \"CSV UTF-8\" and send that"),
        ([0x1F, 0x8B], "gzip", "send it with the content type of what is inside, text/csv for example, or as the file of a form; it is inflated here"),
        ([.. "BZh"u8], "compressed by bzip2", "unpack it, or compress it by gzip"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "compressed by xz", "unpack it, or compress it by gzip"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed by zstd", "unpack it, or compress it by gzip"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", "unpack it and send the table inside"),
        ([.. "Rar!"u8, 0x1A, 7], "a rar archive", "unpack it and send the table inside"),
        ([.. "%PDF-"u8], "a PDF", "take the table from where the PDF was made and save it as CSV"),
        ([.. "PAR1"u8], "a Parquet file", Pandas + "pd.read_parquet(\"file.parquet\").to_csv(\"file.csv\", index=False)"),
        ([.. "ARROW1\0"u8], "an Arrow file", Pandas + "pd.read_feather(\"file.arrow\").to_csv(\"file.csv\", index=False)"),
        ([.. "FEA1"u8], "a Feather file", Pandas + "pd.read_feather(\"file.feather\").to_csv(\"file.csv\", index=False)"),
        ([.. "ORC"u8, 0x0A], "an ORC file", Pandas + "pd.read_orc(\"file.orc\").to_csv(\"file.csv\", index=False)"),
        ([.. "Obj"u8, 1], "an Avro file", "write it as CSV or NDJSON"),
        ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file", Pandas + "pd.read_hdf(\"file.h5\").to_csv(\"file.csv\", index=False)"),
        ([0x93, .. "NUMPY"u8], "an array of NumPy", "write it as CSV: numpy.savetxt(\"file.csv\", array, delimiter=\",\", header=\"a,b\", comments=\"\")"),
        ([0x80, 4, 0x95], "a pickle of Python", Pandas + "pd.read_pickle(\"file.pkl\").to_csv(\"file.csv\", index=False)"),
        ([0x80, 5, 0x95], "a pickle of Python", Pandas + "pd.read_pickle(\"file.pkl\").to_csv(\"file.csv\", index=False)"),
        ([.. "SQLite format 3\0"u8], "a database of SQLite", "write a table of it as CSV: sqlite3 -header -csv file.db 'select * from t'"),
        ([.. "RDX3\n"u8], "data of R", "write it as CSV: write.csv(table, \"file.csv\", row.names=FALSE)"),
        ([.. "RDX2\n"u8], "data of R", "write it as CSV: write.csv(table, \"file.csv\", row.names=FALSE)"),
        ([.. "X\n\0\0"u8], "data of R", "write it as CSV: write.csv(table, \"file.csv\", row.names=FALSE)"),
        ([.. "$FL2"u8], "a file of SPSS", Pandas + "pd.read_spss(\"file.sav\").to_csv(\"file.csv\", index=False)"),
        ([.. "<stata_dta>"u8], "a file of Stata", Pandas + "pd.read_stata(\"file.dta\").to_csv(\"file.csv\", index=False)"),
        ([0x89, .. "PNG"u8], "a picture (PNG)", "send the table itself, as CSV"),
        ([0xFF, 0xD8, 0xFF], "a picture (JPEG)", "send the table itself, as CSV"),
        ([.. "GIF8"u8], "a picture (GIF)", "send the table itself, as CSV"),
    ];

    /// <summary>What a file is and what to do with it, as a sentence; null where it may be a table in text.</summary>
    /// <param name="start">Its first bytes, <see cref="SampleBytes"/> of them where there are so many.</param>
    public static string? Describe(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("PK\u0003\u0004"u8))
            return Zip(start);
        foreach (var (magic, what, toDo) in s_known)
            if (start.StartsWith(magic))
                return Sentence(what, toDo);
        return IsWebPage(start)
            ? Sentence("a web page (HTML)", "download the file that the page shows or links to, on GitHub by its button \"Raw\", and send that")
            : null;
    }

    /// <summary>The same for what is called a CSV; JSON is none.</summary>
    public static string? DescribeInCsv(ReadOnlySpan<byte> start) => Describe(start)
        ?? (IsJson(start) ? "This is JSON, not CSV; send it as application/json, or, where each line is an object, as application/x-ndjson." : null);

    /// <summary>Whether it is gzip.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> start) => start is [0x1F, 0x8B, ..];

    // An archive tells by the names inside what wrote it.
    private static string Zip(ReadOnlySpan<byte> start)
    {
        start = start[..Math.Min(start.Length, SampleBytes)];
        if (start.IndexOf("xl/"u8) >= 0)
            return Sentence("an Excel workbook (xlsx)", "save its sheet as \"CSV UTF-8\" and send that");
        if (start.IndexOf("opendocument.spreadsheet"u8) >= 0)
            return Sentence("a spreadsheet of LibreOffice (ods)", "save its sheet as CSV and send that");
        if (start.IndexOf("[Content_Types].xml"u8) >= 0)
            return Sentence("an Office document", "save the table as CSV and send that");
        return Sentence("a zip archive", "unpack it and send the table inside");
    }

    private static bool IsWebPage(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> text = WithoutMark(start).TrimStart("\r\n\t "u8);
        return StartsWithIgnoringCase(text, "<!doctype html"u8) || StartsWithIgnoringCase(text, "<html"u8);
    }

    // Objects with names, or a list of them, as far as the sample goes: a header that begins with a brace or a bracket breaks off soon.
    private static bool IsJson(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> text = WithoutMark(start).TrimStart("\r\n\t "u8);
        if (text is not [(byte)'{' or (byte)'[', ..])
            return false;
        var reader = new Utf8JsonReader(text, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { AllowMultipleValues = true }));
        bool hasName = false;
        try
        {
            while (reader.Read())
            {
                bool isHolder = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.EndObject or JsonTokenType.EndArray;
                if (!hasName && !isHolder && (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth > 2))
                    return false;
                if (reader.CurrentDepth == 0 && !isHolder)
                    return false;
                hasName |= reader.TokenType == JsonTokenType.PropertyName;
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return hasName;
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? start[3..] : start;

    private static bool StartsWithIgnoringCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start) =>
        text.Length >= start.Length && Ascii.EqualsIgnoreCase(text[..start.Length], start);

    private static string Sentence(string what, string toDo) => $"This is {what}, not a table in text: {toDo}.";
}
