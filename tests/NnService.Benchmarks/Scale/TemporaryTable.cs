namespace NnService.Benchmarks.Scale;

/// <summary>A CSV file for the service and for peers, which goes when they have read it.</summary>
internal sealed class TemporaryTable : IDisposable
{
    /// <param name="write">Writes it.</param>
    public TemporaryTable(Action<TextWriter> write)
    {
        using var writer = new StreamWriter(Path);
        write(writer);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; } = System.IO.Path.GetTempFileName();

    public void Dispose() => File.Delete(Path);
}
