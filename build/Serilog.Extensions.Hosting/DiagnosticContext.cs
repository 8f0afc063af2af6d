using Serilog.Events;

namespace Serilog
{
    /// <summary>Lets code that handles a request add properties to the one log line written when the request ends.</summary>
    public interface IDiagnosticContext
    {
        /// <summary>Adds a property to the current request's completion event; without a request in progress nothing happens.</summary>
        void Set(string propertyName, object value, bool destructureObjects = false);

        /// <summary>Attaches an exception to the current request's completion event.</summary>
        void SetException(Exception exception);
    }
}

namespace Serilog.Extensions.Hosting
{
    /// <summary>Finds the collector of the current asynchronous flow and writes into it.</summary>
    public sealed class DiagnosticContext(ILogger? logger) : IDiagnosticContext
    {
        private static readonly AsyncLocal<DiagnosticContextCollector?> Current = new();

        /// <summary>Starts collecting; the returned collector ends the collection when disposed.</summary>
        public DiagnosticContextCollector BeginCollection()
        {
            var outer = Current.Value;
            return Current.Value = new DiagnosticContextCollector(() => Current.Value = outer);
        }

        /// <inheritdoc />
        public void Set(string propertyName, object value, bool destructureObjects = false)
        {
            if (Current.Value is { } collector
                && (logger ?? Log.Logger).BindProperty(propertyName, value, destructureObjects, out var property))
                collector.AddOrUpdate(property);
        }

        /// <inheritdoc />
        public void SetException(Exception exception) => Current.Value?.SetException(exception);
    }

    /// <summary>Gathers properties for one event, until it is completed.</summary>
    public sealed class DiagnosticContextCollector(Action onDispose) : IDisposable
    {
        private readonly Lock _gate = new();
        private Dictionary<string, LogEventProperty>? _properties = [];
        private Exception? _exception;

        /// <summary>Adds a property or replaces the one of that name; after completion nothing happens.</summary>
        public void AddOrUpdate(LogEventProperty property)
        {
            ArgumentNullException.ThrowIfNull(property);
            lock (_gate)
                if (_properties is not null)
                    _properties[property.Name] = property;
        }

        /// <summary>Sets the exception of the event.</summary>
        public void SetException(Exception exception)
        {
            lock (_gate)
                _exception = exception;
        }

        /// <summary>Ends the collection and hands out what it gathered; false where that has been done before.</summary>
        public bool TryComplete(out IEnumerable<LogEventProperty>? properties, out Exception? exception)
        {
            lock (_gate)
            {
                properties = _properties?.Values;
                exception = _exception;
                _properties = null;
                return properties is not null;
            }
        }

        /// <inheritdoc />
        public void Dispose() => onDispose();
    }
}
