using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Clusters;

/// <summary>Listens to a job's events as a browser does, over any number of connections, and fails where one is missing.</summary>
internal sealed class EventWatcher(string job)
{
    private readonly HashSet<int> _epochs = [];
    private readonly List<string> _states = [];
    private string _lastId = "";

    public string Job => job;

    /// <summary>Whether it has been told that the job is done.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Reads until the connection ends. Errors: those of the connection, and <see cref="InvalidOperationException"/> where an event is missing.</summary>
    public async Task Follow(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/training-jobs/{job}/events");
        if (_lastId.Length > 0)
            request.Headers.Add("Last-Event-ID", _lastId);
        using var silence = new CancellationTokenSource(TimeSpan.FromSeconds(30)); // a node that stands still is left
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        if (!response.IsSuccessStatusCode)
            return;
        if (response.StatusCode == System.Net.HttpStatusCode.NoContent)
            IsDone = true;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(silence.Token));
        var (name, id) = ("", "");
        while (await reader.ReadLineAsync(silence.Token) is { } line)
        {
            silence.CancelAfter(TimeSpan.FromSeconds(30));
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                Take(name, id, JsonNode.Parse(line[6..])!);
        }
    }

    private void Take(string name, string id, JsonNode data)
    {
        if (_lastId.Length > 0 && long.Parse(id) <= long.Parse(_lastId))
            throw new InvalidOperationException($"job {job}: event {id} after {_lastId}");
        _lastId = id;
        IsDone |= name == "done";
        if (name == "state")
            _states.Add((string)data["state"]!);
        foreach (var point in name == "history" ? data.AsArray() : [])
            _epochs.Add((int)point!["epoch"]!);
    }

    /// <summary>Compares what was told with what there is. Errors: <see cref="InvalidOperationException"/> where something was not told.</summary>
    /// <param name="epochs">Those of its history.</param>
    /// <param name="states">Those of its transitions, in order.</param>
    public void Compare(IEnumerable<int> epochs, IEnumerable<string> states)
    {
        if (!states.SequenceEqual(_states))
            throw new InvalidOperationException($"job {job}: it was {string.Join(' ', states)}, and its listener was told {string.Join(' ', _states)}");
        if (epochs.Where(epoch => !_epochs.Contains(epoch)).ToList() is { Count: > 0 } missed)
            throw new InvalidOperationException($"job {job}: its listener was not told of the epochs {string.Join(' ', missed)}");
    }
}
