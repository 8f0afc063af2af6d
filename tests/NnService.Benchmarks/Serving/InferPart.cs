using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;

namespace NnService.Benchmarks.Serving;

/// <summary>Batches by the Open Inference Protocol, as bytes.</summary>
internal static class InferPart
{
    private const int Connections = 2; // one request is on its way while another is computed
    private const int PromisedRows = 10_000;
    private const double TargetRows = 1_000_000;
    private const string LengthHeader = "Inference-Header-Content-Length";

    private static readonly int[] s_rows = [1_000, PromisedRows, 100_000];

    public static void Measure(Stage stage, ServingOptions options, StringBuilder text)
    {
        var asked = Case.Narrow;
        stage.Predicting(asked);
        var server = stage.Service.At($"/v2/models/m{asked.Inputs}/infer");
        text.AppendLine(CultureInfo.InvariantCulture, $"""

            ## Tensors

            `{server.Path}` with the binary tensor extension, network {asked.Name}, FP32 in and out, over {Connections} connections, {options.Seconds} s a round.

            | rows a request | rows/s | target | rows for each s of processor time |
            |---|---|---|---|
            """);
        foreach (var rows in s_rows)
        {
            var script = Script(stage, asked, server, rows);
            Load.Most(server, script, options.Seconds, Connections);
            var measured = Enumerable.Range(0, options.Rounds).Select(_ => Load.Most(server, script, options.Seconds, Connections)).ToList();
            var target = rows == PromisedRows ? $"≥ {TargetRows:N0}" : "";
            text.AppendLine($"| {rows:N0} | {Spread.Of(measured.Select(one => rows * one.PerSecond), "N0")} | {target} | "
                + $"{Spread.Of(measured.Select(one => rows * one.PerProcessorSecond), "N0")} |");
        }
    }

    // What has wrk send the tensor; its file. The answer is looked at once.
    private static string Script(Stage stage, Case asked, Server server, int rows)
    {
        var chance = new Random(4);
        var numbers = new float[rows * asked.Inputs];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (float)(4 * (chance.NextDouble() - 0.5));
        var bytes = MemoryMarshal.AsBytes<float>(numbers);
        var json = $$"""
            {"inputs":[{"name":"input","datatype":"FP32","shape":[{{rows}},{{asked.Inputs}}],"parameters":{"binary_data_size":{{bytes.Length}} } }],"parameters":{"binary_data_output":true} }
            """;
        byte[] body = [.. Encoding.ASCII.GetBytes(json), .. bytes];
        LookAt(server, body, json.Length, rows * sizeof(float));

        var (content, script) = (Path.Combine(stage.Folder, $"{rows}.tensor"), Path.Combine(stage.Folder, $"{rows}.lua"));
        File.WriteAllBytes(content, body);
        File.WriteAllText(script, $"""
            wrk.method = 'POST'
            wrk.headers['Content-Type'] = 'application/octet-stream'
            wrk.headers['{LengthHeader}'] = '{json.Length}'
            wrk.body = io.open('{content}', 'rb'):read('*a')
            """);
        return script;
    }

    private static void LookAt(Server server, byte[] body, int jsonLength, int expected)
    {
        using var http = new HttpClient();
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add(LengthHeader, jsonLength.ToString(CultureInfo.InvariantCulture));
        using var answer = http.PostAsync(server.Address, content).Result;
        var length = answer.Content.ReadAsByteArrayAsync().Result.Length;
        var json = answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key == LengthHeader)
            .Select(header => int.Parse(header.Value.Single(), CultureInfo.InvariantCulture)).FirstOrDefault();
        if (!answer.IsSuccessStatusCode || length - json != expected)
            throw new InvalidOperationException(
                $"{server.Path} answers {(int)answer.StatusCode} with {length - json} bytes of tensors, and should with {expected}.");
    }
}
