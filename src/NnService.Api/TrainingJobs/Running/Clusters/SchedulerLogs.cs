using NnService.Api.Errors;

namespace NnService.Api.TrainingJobs.Running.Clusters;

/// <summary>
/// Quartz's loggers. That the database is away, the service says itself, once; Quartz would say it with every look at its tables, each time with where in its
/// code it was.
/// </summary>
internal sealed class SchedulerLogs(ILoggerFactory logs, DatabaseFailures failures) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new SchedulerLog(logs.CreateLogger(categoryName), failures);

    public void AddProvider(ILoggerProvider provider) => logs.AddProvider(provider);

    public void Dispose()
    {
        // the service's own
    }

    private sealed class SchedulerLog(ILogger log, DatabaseFailures failures) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is null || !failures.IsAway(exception))
                log.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
