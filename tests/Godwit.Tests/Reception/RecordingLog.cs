using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Godwit.Tests.Reception;

/// <summary>Keeps what was logged.</summary>
internal sealed class RecordingLog : ILogger
{
    public ConcurrentQueue<(LogLevel Level, int Id, string Text)> Lines { get; } = new();

    /// <summary>Errors: what no client must be able to cause.</summary>
    public IEnumerable<string> Errors => Lines.Where(line => line.Level >= LogLevel.Error).Select(line => line.Text);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, eventId.Id, $"{formatter(state, exception)} {exception}"));
}
