using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace NnService.Benchmarks.Serving;

/// <summary>Starts the endpoint over ONNX Runtime with the network of a case, and sees that it answers what the service answers.</summary>
internal static class OrtPeer
{
    public const string Name = "ONNX Runtime endpoint";

    private const string Python = "/usr/bin/python3";
    private const double Tolerance = 1e-5; // of float sums in another order

    /// <summary>The endpoint; null, and a line on the error stream, where python3-onnx is missing. Errors: <see cref="InvalidOperationException"/> where it
    /// answers something else.</summary>
    public static Server? Start(Stage stage, Case asked, string library)
    {
        var (request, model) = (Path.Combine(stage.Folder, $"{asked.Name}.json"), Path.Combine(stage.Folder, $"{asked.Name}.onnx"));
        File.WriteAllText(request, asked.Model());
        using (var python = Process.Start(Python, [Path.Combine(AppContext.BaseDirectory, "Serving", "onnx_model.py"), request, model]))
            python.WaitForExit();
        if (!File.Exists(model))
        {
            Console.Error.WriteLine($"{Name}: there is no python3-onnx to write its model.");
            return null;
        }

        var sizes = new[] { asked.Inputs, asked.Outputs }.Select(number => number.ToString(CultureInfo.InvariantCulture));
        var peer = Server.Start(new Launch(Name, "/predict", [Environment.ProcessPath!, "serving", "onnx", "PORT", model, library, .. sizes]));
        var (ours, theirs) = (Answer(stage.Predicting(asked), asked), Answer(peer, asked));
        if (ours.Count == asked.Outputs && theirs.Count == ours.Count && ours.Zip(theirs).All(pair => Math.Abs(pair.First - pair.Second) < Tolerance))
            return peer;
        peer.Dispose();
        throw new InvalidOperationException($"{Name} answers {string.Join(", ", theirs)}, the service {string.Join(", ", ours)}.");
    }

    private static List<double> Answer(Server server, Case asked)
    {
        using var http = new HttpClient();
        using var body = new StringContent(asked.Body(), Encoding.UTF8, "application/json");
        using var answer = http.PostAsync(server.Address, body).Result;
        var numbers = new List<double>();
        Collect(answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>().Result.GetProperty("predictions"), numbers);
        return numbers;
    }

    private static void Collect(JsonElement json, List<double> numbers)
    {
        if (json.ValueKind == JsonValueKind.Number)
            numbers.Add(json.GetDouble());
        else if (json.ValueKind == JsonValueKind.Array)
            json.EnumerateArray().ToList().ForEach(item => Collect(item, numbers));
        else if (json.ValueKind == JsonValueKind.Object)
            json.EnumerateObject().ToList().ForEach(member => Collect(member.Value, numbers));
    }
}
