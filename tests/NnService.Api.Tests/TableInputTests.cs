using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Storage;

namespace NnService.Api.Tests;

/// <summary>Tables as people have them: odd, broken, hostile, large. Each has an answer that says what to change.</summary>
[Collection(SharedService.Name)]
public sealed class TableInputTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    public static TheoryData<string, byte[], int, string, string> Broken => new()
    {
        { "a NUL byte", "a,b\nx,y\nx,y\0z\n"u8.ToArray(), 400, "#row=3", "Line 3, column \"b\": the text holds a NUL byte." },
        { "UTF-16 with a mark", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a,b\n1,2\n")], 400, "#row=1", "The file is UTF-16; save it as UTF-8." },
        { "UTF-32 with a mark", [0xFF, 0xFE, 0, 0, .. Encoding.UTF32.GetBytes("a,b\n1,2\n")], 400, "#row=1", "The file is UTF-32; save it as UTF-8." },
        { "row names of R behind a header without a name for them", "\"a\",\"b\"\n\"1\",2,3\n"u8.ToArray(), 400, "#row=2",
            "Line 2 has 3 cells; the header has 2. Where the first cell of each row is a row name that R's write.table has written, "
                + "write the table with row.names = FALSE, or with col.names = NA to keep the names." },
        { "UTF-16 without one", Encoding.Unicode.GetBytes("a,b\n1,2\n"),
            400, "#row=1", "The file looks like UTF-16 (every second byte is zero); save it as UTF-8." },
        { "Latin-1", [.. "a,b\n1,x\n2,caf"u8, 0xE9, .. "\n"u8], 400, "#row=3", "Line 3, column \"b\": the text is not valid UTF-8; "
            + "save the file as UTF-8, for example with iconv -f windows-1252 -t UTF-8." },
        { "a name twice", "a,a\n1,2\n"u8.ToArray(), 400, "#row=1", "Line 1: columns 1 and 2 are both called \"a\"." },
        { "a name left out that another has", "a,,column2\n1,2,3\n"u8.ToArray(),
            400, "#row=1", "Line 1: columns 2 and 3 are both called \"column2\". One of them has no name and is called by its place; give it one." },
        { "a row too short", "a,b\n1,2\n3\n"u8.ToArray(), 400, "#row=3", "Line 3 has 1 cell; the header has 2." },
        { "a quote never closed", "a,b\n1,x\n2,\"y\n3,z\n"u8.ToArray(), 400, "#row=3", "Line 3, column \"b\": a quote is opened here and never closed." },
        { "text behind a quote", "a,b\n1,\"x\"y\n"u8.ToArray(), 400, "#row=2",
            "Line 2, column \"b\": there is text after a closing quote; a quote inside a quoted cell is written twice." },
        { "too large a number", "a\n1\n1e400\n"u8.ToArray(), 400, "#row=3", "Line 3, column \"a\": \"1e400\" is too large for a number." },
        { "an infinity", "a\n1\n-inf\n"u8.ToArray(), 400, "#row=3", "Line 3, column \"a\": \"-inf\" is not a finite number." },
        { "nothing", [], 400, "#row=1", "The file is empty; it needs a header line with the names of the columns and at least one row." },
        { "a header alone", "a,b\n"u8.ToArray(), 400, "#", "The file has a header and no rows." },
        { "100,000 columns", Encoding.UTF8.GetBytes(string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"c{i}")) + "\n1\n"),
            400, "#row=1", "The header has more than 16,384 columns." },
        { "JSON", "{\"name\":\"x\",\"rows\":[{\"a\":1}]}"u8.ToArray(), 400, "#", "This is JSON, not CSV; send it as application/json" },
        { "a list, indented and cut off by the sample", Encoding.UTF8.GetBytes($"[\r\n  {string.Concat(Enumerable.Repeat("{ \"a\": [1, \"x\"] },\r\n  ", 9000))}"),
            400, "#", "This is JSON, not CSV; send it as application/json" },
        { "lines of JSON", [0xEF, 0xBB, 0xBF, .. "{\"a\":1}\n{\"a\":2}\n"u8],
            400, "#", "This is JSON, not CSV; send it as application/json, or, where each line is an object, as application/x-ndjson." },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_broken_table_is_refused_with_its_place_and_what_to_change(string what, byte[] bytes, int status, string pointer, string says)
    {
        Assert.NotEmpty(what);
        var answer = await Upload(bytes, "text/csv");

        Refused(answer, status, pointer, says);
    }

    [Fact]
    public async Task A_content_type_that_says_that_there_is_no_header_is_believed_unless_the_query_says_otherwise()
    {
        static ByteArrayContent Content()
        {
            var content = new ByteArrayContent("1,2\n3,4\n5,6\n"u8.ToArray());
            content.Headers.TryAddWithoutValidation("Content-Type", "text/csv; charset=utf-8; header=absent");
            return content;
        }

        var named = await _wire.Send(HttpMethod.Post, "datasets?name=header-absent", Content());

        Assert.Equal(HttpStatusCode.Created, named.Status);
        Assert.Equal(["column1", "column2"], named.Json["columns"]!.AsArray().Select(column => (string?)column!["name"]));
        Assert.Equal(3, (int)named.Json["rows"]!);
        var otherwise = await _wire.Send(HttpMethod.Post, "datasets?name=header-present&header=true", Content());
        Assert.Equal(2, (int)otherwise.Json["rows"]!);
    }

    [Theory]
    [InlineData("{a},[b]\n1,2\n")]
    [InlineData("{\"a\":b,c\n1,2\n")]
    [InlineData("[{\"a\":1},b]\n1,2\n")]
    [InlineData("{\"a\":1}\n5\n6\n")]
    public async Task A_header_that_begins_as_JSON_does_is_a_header(string csv)
    {
        var answer = await Upload(Encoding.UTF8.GetBytes(csv), "text/csv");

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.StartsWith(csv.Split('\n')[0].Split(',')[0], (string?)answer.Json["columns"]![0]!["name"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_that_cannot_be_read_is_told_where_and_why_and_only_lines_are_rows()
    {
        const string NoUtf8 = "the text is not valid UTF-8; save the file as UTF-8, for example with iconv -f windows-1252 -t UTF-8.";
        const string TooDeep = "this is nested more than 64 levels deep; a cell is a number, a text, true, false or null.";
        var deep = $"{new string('[', 100)}{new string(']', 100)}";

        Refused(await Upload([.. "{\"rows\":\n[{\"a\":\"caf"u8, 0xE9, .. "\"}]}"u8], "application/json"), 400, "#", $"Line 2, byte 11: {NoUtf8}");
        Refused(await Upload([.. "{\"a\":1}\n{\"a\":\"caf"u8, 0xE9, .. "\"}\n"u8], "application/x-ndjson"), 400, "#row=2", $"Line 2, byte 10: {NoUtf8}");
        Refused(await Upload(Encoding.UTF8.GetBytes($"{{\"rows\":[{{\"a\":{deep}}}]}}"), "application/json"), 400, "#", $"Line 1, byte 76: {TooDeep}");
        Refused(await Upload(Encoding.UTF8.GetBytes($"{{\"a\":1}}\n{{\"a\":{deep}}}\n"), "application/x-ndjson"), 400, "#row=2", $"Line 2, byte 69: {TooDeep}");
        Refused(await Upload("{\"rows\":\n[{\"a\":}]}"u8.ToArray(), "application/json"), 400, "#", "Line 2, byte 7: this is not JSON.");
        Refused(await Upload([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("{}")], "application/json"), 400, "#", "The text is UTF-16; send it as UTF-8.");
    }

    [Fact]
    public async Task A_cell_of_a_hundred_megabytes_is_refused_after_its_first_megabyte()
    {
        var bytes = new byte[100_000_000];
        Array.Fill(bytes, (byte)'x');
        "a,b\n1,"u8.CopyTo(bytes);

        Refused(await Upload(bytes, "text/csv"), 400, "#row=2", "Line 2, column \"b\": the cell is longer than 1,048,576 bytes.");
        bytes[6] = (byte)'"';
        Refused(await Upload(bytes, "text/csv"), 400, "#row=2",
            "Line 2, column \"b\": the quoted cell that begins here is longer than 1,048,576 bytes; is its quote closed?");
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":}\n", "Line 2, byte 6: this is not JSON.")]
    [InlineData("{\"a\":1}\n[1]\n", "Line 2 must be an object")]
    [InlineData("{\"a\":1}\n\n{\"a\":[2]}\n", "Line 3, column \"a\": a cell is a number, a text, true, false or null.")]
    [InlineData("{\"a\":1e400}\n", "Line 1, column \"a\": \"1e400\" is too large for a number.")]
    public async Task A_bad_line_of_NDJSON_is_named(string lines, string says)
    {
        var answer = await Upload(Encoding.UTF8.GetBytes(lines), "application/x-ndjson");

        Refused(answer, 400, null, says);
    }

    [Fact]
    public async Task A_table_of_absent_cells_is_refused()
    {
        var lines = $"{{{string.Join(',', Enumerable.Range(0, 16_384).Select(i => $"\"k{i}\":1"))}}}\n" + string.Concat(Enumerable.Repeat("{}\n", 10_000));

        var answer = await Upload(Encoding.UTF8.GetBytes(lines), "application/x-ndjson");

        Refused(answer, 400, "#row=8193", "Line 8193 makes 134,234,112 cells of 16,384 columns and 8,193 rows, nearly all of them absent;");
    }

    [Theory]
    [InlineData("name;price\nA;1,5\nB;2,5\n", "&types=price:number",
        "Line 2, column \"price\": \"1,5\" is not a number; write the decimal point as a point, not as a comma, or upload the table with ?decimal=,")]
    [InlineData("a\nyes\n", "&types=a:boolean", "Line 2, column \"a\": \"yes\" is not true or false.")]
    [InlineData("a\n1\n \nx\n", "&types=a:number", "Line 4, column \"a\": \"x\" is not a number.")]
    public async Task A_declared_type_that_does_not_fit_names_the_cell(string csv, string types, string says) =>
        Refused(await _wire.PostCsv($"datasets?name=input-typed{types}", csv), 400, null, says);

    [Fact]
    public async Task At_most_twenty_things_are_listed()
    {
        var answer = await Upload(Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Repeat("1\n", 5_000))), "text/csv");

        Assert.Equal(20, answer.Json["errors"]!.AsArray().Count);
        Assert.Equal("#row=21", (string?)answer.Json["errors"]![19]!["pointer"]);
    }

    [Fact]
    public async Task Spaces_around_numbers_and_names_are_passed_over_and_those_of_words_are_kept()
    {
        var answer = await _wire.PostCsv("datasets?name=input-spaces", " n , w \n 1.5 , x\n\t2\t, y \n  , x\n");

        Assert.Equal(["n", "w"], answer.Json["columns"]!.AsArray().Select(column => (string?)column!["name"]));
        Assert.Equal("""{"columns":["n","w"],"rows":[[1.5," x"],[2," y "],[null," x"]],"total":3}""", (await _wire.Get("datasets/input-spaces/rows")).Text);
    }

    [Fact]
    public async Task A_column_without_a_value_and_a_table_of_one_row_are_taken_and_remarked_on()
    {
        var answer = await _wire.PostCsv("datasets?name=input-holes", "a,b\n,1\n");

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(1, (int)answer.Json["rows"]!);
        Assert.Equal(["Column \"a\" is missing in every row.", "Column \"b\" is constant."],
            answer.Json["warnings"]!.AsArray().Select(warning => (string?)warning));
    }

    [Fact]
    public async Task A_decimal_comma_is_remarked_on()
    {
        var answer = await _wire.PostCsv("datasets?name=input-comma", "name;price\nA;1,5\nA;2,5\n");

        Assert.Contains("decimal comma, such as \"1,5\"", answer.Json["warnings"]!.AsArray().Select(warning => (string?)warning).Last(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_that_changes_its_type_in_the_last_row_is_what_all_of_its_rows_say()
    {
        var csv = "n,late\n" + string.Concat(Enumerable.Range(0, 100_000).Select(row => $"{row}.50,{row % 7}.0\n")) + "1,word\n";
        var answer = await _wire.PostCsv("datasets?name=input-late", csv);

        Assert.Equal(["number", "category"], answer.Json["columns"]!.AsArray().Select(column => (string?)column!["type"]));
        Assert.Equal("""{"columns":["n","late"],"rows":[[99999.5,"4.0"],[1,"word"]],"total":100001}""",
            (await _wire.Get("datasets/input-late/rows?offset=99999")).Text);
    }

    [Fact]
    public async Task A_gzip_bomb_ends_at_the_limit_of_inflated_bytes_and_leaves_nothing()
    {
        using var small = new TestService();
        using var limited = small.WithWebHostBuilder(builder => builder.UseSetting("Datasets:MaxBytes", "1000000"));
        var wire = new Wire(limited.CreateClient());
        var bomb = Gzip(new byte[50_000_000]);
        Assert.InRange(bomb.Length, 1, 999_999);

        var answer = await Upload(bomb, "text/csv", wire, "gzip");

        Refused(answer, 413, "#", "The table has more than 1,000,000 bytes, the limit Datasets:MaxBytes (inflated, where it is compressed).");
        Assert.Empty(Directory.GetFiles(Blobs(limited.Services)));
    }

    [Fact]
    public async Task Damaged_gzip_is_refused()
    {
        var good = Gzip(Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Range(0, 10_000).Select(row => $"{row * 7919 % 10_007},{row}\n"))));
        byte[] damaged = [.. good];
        damaged[good.Length / 2] ^= 0x55;

        foreach (var bytes in new[] { damaged, good[..(good.Length / 2)], good[..^1], good[..^8], "a,b\n1,2\n"u8.ToArray() })
            Refused(await Upload(bytes, "text/csv", encoding: "gzip"), 400, "#", "The body is not valid gzip, or it is cut short.");
        Assert.Equal(10_000, (int)(await Upload(good, "text/csv", encoding: "gzip")).Json["rows"]!);
        byte[] inTwoMembers = [.. Gzip("a,b\n1,2\n"u8.ToArray()), .. Gzip("3,4\n"u8.ToArray())];
        Assert.Equal(2, (int)(await Upload(inTwoMembers, "text/csv", encoding: "gzip")).Json["rows"]!);
    }

    [Fact]
    public async Task JSON_has_a_limit_of_its_own_that_names_the_way_out()
    {
        var bytes = new byte[33 << 20];
        Array.Fill(bytes, (byte)' ');

        Refused(await Upload(bytes, "application/json"), 413, "#", "send a larger one as text/csv or application/x-ndjson");
    }

    [Fact]
    public async Task A_file_of_columns_that_is_damaged_or_gone_is_made_anew_from_the_uploaded_bytes()
    {
        using var own = new TestService();
        var wire = own.Wire;
        const string Rows = """{"columns":["a","b"],"rows":[[1.5,"x"],[2,"y"]],"total":2}""";
        foreach (var name in new[] { "input-damaged", "input-gone" })
            await wire.PostCsv($"datasets?name={name}", "a,b\n1.5,x\n2,y\n");
        var files = Directory.GetFiles(Blobs(own.Services), "*.columns").Order().ToArray();
        Assert.Equal(2, files.Length);
        var good = await File.ReadAllBytesAsync(files[0]);
        byte[] damaged = [.. good];
        damaged[20] ^= 1;
        await File.WriteAllBytesAsync(files[0], damaged);
        File.Delete(files[1]);

        Assert.Equal(Rows, (await wire.Get("datasets/input-damaged/rows")).Text);
        Assert.Equal(Rows, (await wire.Get("datasets/input-gone/rows")).Text);

        Assert.Equal(good, await File.ReadAllBytesAsync(files[0]));
        Assert.Equal(good, await File.ReadAllBytesAsync(files[1]));
        await wire.Delete("datasets/input-damaged");
        await wire.Delete("datasets/input-gone");
        Assert.Empty(Directory.GetFiles(Blobs(own.Services)));
    }

    [Fact]
    public async Task A_large_CSV_and_a_stored_dataset_come_back_with_their_predictions_row_for_row()
    {
        await _wire.Post("models",
            """{"name":"input-sum","features":["x","y"],"network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0]}]},"precision":"float64"}""");
        const int Count = 120_000; // more than is kept in memory, in and out, and more than one slice
        var lines = Enumerable.Range(0, Count).Select(row => (Cells: $"{row},\"w,{row % 3}\",{row % 10}", Sum: row + (2 * (row % 10)))).ToList();
        var csv = "x,word,y\n" + string.Concat(lines.Select(line => line.Cells + "\n"));
        var expected = "x,word,y,prediction\r\n" + string.Concat(lines.Select(line => $"{line.Cells},{line.Sum}\r\n"));
        await _wire.PostCsv("datasets?name=input-rows", csv);

        var fromCsv = await _wire.PostCsv("models/input-sum/predict?ignoreUnknown=true", csv, ("Accept", "text/csv"));
        var stored = await _wire.Post("models/input-sum/predict", """{"dataset":"input-rows"}""", ("Accept", "text/csv"));
        var asJson = await _wire.Post("models/input-sum/predict", """{"dataset":"input-rows"}""");

        Assert.Equal("text/csv", fromCsv.ContentType);
        Assert.True(expected == fromCsv.Text);
        Assert.True(expected == stored.Text);
        Assert.Equal(lines.Select(line => (double)line.Sum), asJson.Json["predictions"]!.AsArray().Select(prediction => (double)prediction!["value"]!));
    }

    [Fact]
    public async Task A_bad_last_row_of_a_CSV_to_predict_is_a_refusal_and_not_half_an_answer()
    {
        await _wire.Post("models", """{"name":"input-last","features":["x"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        var rows = "x\n" + string.Concat(Enumerable.Range(0, 50_000).Select(row => $"{row}.5\n"));

        Refused(await _wire.PostCsv("models/input-last/predict", rows + "much\n", ("Accept", "text/csv")),
            400, "#row=50002", "Line 50002, column \"x\": Expected a number, not \"much\".");
        Refused(await _wire.PostCsv("models/input-last/predict", rows + "1,2\n", ("Accept", "text/csv")),
            400, "#row=50002", "Line 50002 has 2 cells; the header has 1.");
        Refused(await _wire.PostCsv("models/input-last/predict", "y\n1\n"), 400, "#/columns", "Column \"x\" is missing; the model needs it.");
        Refused(await _wire.PostCsv("models/input-last/predict", "x\n"), 400, "#", "The file has a header and no rows.");
        await _wire.PostCsv("datasets?name=input-last", rows + ",\n1\n".Replace(",", "NA", StringComparison.Ordinal));
        Refused(await _wire.Post("models/input-last/predict", """{"dataset":"input-last"}""", ("Accept", "text/csv")),
            400, "#/dataset", "Row 50000 (counted from 0), column \"x\"");
    }

    private static string Blobs(IServiceProvider services) => services.GetRequiredService<BlobStore>().Folder;

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private async Task<Answer> Upload(byte[] bytes, string contentType, Wire? wire = null, string? encoding = null)
    {
        using var content = new ByteArrayContent(bytes) { Headers = { { "Content-Type", contentType } } };
        if (encoding is not null)
            content.Headers.ContentEncoding.Add(encoding);
        return await (wire ?? _wire).Send(HttpMethod.Post, "datasets", content);
    }

    private static void Refused(Answer answer, int status, string? pointer, string says)
    {
        Assert.True((int)answer.Status == status, $"{(int)answer.Status} {answer.Text}");
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Contains(says, (string?)answer.Json["detail"], StringComparison.Ordinal);
        if (pointer is not null)
            Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
    }
}
