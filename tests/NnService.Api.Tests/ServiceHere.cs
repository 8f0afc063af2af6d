using System.Threading.Channels;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace NnService.Api.Tests;

/// <summary>
/// The service in this process, on a free port, with a data folder that outlives it: for whatever needs no process of its own (<see cref="ServiceProcess"/>),
/// which costs ten times as much. What it says is heard as events of its log; nothing of it comes to the console.
/// </summary>
public sealed class ServiceHere : IDisposable
{
    private readonly Factory _factory;
    private readonly Ear _ear;
    private bool _isStopped;

    private ServiceHere(Factory factory, Ear ear)
    {
        (_factory, _ear) = (factory, ear);
        Wire = new Wire(new HttpClient { BaseAddress = factory.ClientOptions.BaseAddress, Timeout = Wire.Patience });
    }

    public Wire Wire { get; }

    public IServiceProvider Services => _factory.Services;

    /// <summary>Starts it with settings that are written as on the command line: <c>--Training:CheckpointSeconds=0.1</c>.</summary>
    public static async Task<ServiceHere> Start(string dataFolder, params string[] settings)
    {
        var ear = new Ear();
        var factory = new Factory(dataFolder, settings, ear);
        try
        {
            await Task.Run(factory.StartServer);
        }
        catch
        {
            await factory.DisposeAsync();
            throw;
        }

        return new ServiceHere(factory, ear);
    }

    /// <summary>Waits for an event of its log that has a text in it.</summary>
    public async Task<string> Line(string text)
    {
        using var deadline = new CancellationTokenSource(Wire.Patience);
        await foreach (var line in _ear.Lines.Reader.ReadAllAsync(deadline.Token))
            if (line.Contains(text, StringComparison.Ordinal))
                return line;
        throw new InvalidOperationException($"The service ended before it said \"{text}\".");
    }

    /// <summary>What it has said and nobody has read yet.</summary>
    public IReadOnlyList<string> SaidSoFar()
    {
        var said = new List<string>();
        while (_ear.Lines.Reader.TryRead(out var line))
            said.Add(line);
        return said;
    }

    /// <summary>A stop in good order, as SIGTERM asks for it: by the program itself. The factory alone would stop it a second time at the same time.</summary>
    public async Task Stop()
    {
        if (_isStopped)
            return;
        _isStopped = true;
        Wire.Http.Dispose();
        var lifetime = Services.GetRequiredService<IHostApplicationLifetime>();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (lifetime.ApplicationStopped.Register(stopped.SetResult))
        {
            lifetime.StopApplication();
            await stopped.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }

        await _factory.DisposeAsync();
        _ear.Lines.Writer.TryComplete();
    }

    public void Dispose() => Stop().GetAwaiter().GetResult();

    private sealed class Factory : WebApplicationFactory<Program>
    {
        private readonly string _folder;
        private readonly string[] _settings;
        private readonly Ear _ear;

        public Factory(string folder, string[] settings, Ear ear)
        {
            (_folder, _settings, _ear) = (folder, settings, ear);
            UseKestrel();
        }

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var setting in ServiceProcess.ArgumentsWith(_folder, ["--Serilog:MinimumLevel=Fatal", .. _settings]))
                builder.UseSetting(setting[2..setting.IndexOf('=')], setting[(setting.IndexOf('=') + 1)..]);
            builder.ConfigureServices(services => services.AddSingleton<ILoggerProvider>(_ear));
        }
    }

    /// <summary>Hears what the service says.</summary>
    private sealed class Ear : ILoggerProvider, ILogger
    {
        public Channel<string> Lines { get; } = Channel.CreateUnbounded<string>();

        // What the host says of each request costs an activity, and nobody listens.
        public ILogger CreateLogger(string categoryName) => categoryName.StartsWith("NnService", StringComparison.Ordinal) ? this : NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Writer.TryWrite(formatter(state, exception));

        public void Dispose()
        {
            // it is read after the service has ended
        }
    }
}
