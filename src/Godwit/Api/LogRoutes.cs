// The newest lines of the log. Static.

using Godwit.Diagnostics;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Api;

/// <summary>One line of the log.</summary>
/// <param name="Sequence">Counts from 1 since the start; a gap is what was not kept.</param>
/// <param name="Level">error, warning, info, debug.</param>
internal sealed record LogRow(long Sequence, DateTime Time, string Level, string Text);

internal static class LogRoutes
{
    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("GET", "/logs", AccessLevel.Monitor, "The newest lines of the log, the oldest of them first. Live: /stream?topics=log.", ReadAsync)
        {
            Answer = typeof(ApiList<LogRow>),
            Parameters =
            [
                new("lines", $"At most so many, 1 to {LogTail.MaxLines}; 500 when it is left out.", ParameterForm.Number),
                new("filter", "Only lines that hold this text."),
                new("level", "Only lines that are at least this bad.", ParameterForm.Text, Levels),
            ],
            Problems = [(403, "The log may not be read from here.")],
        },
    ];

    public static string[] Levels => ["debug", "info", "warning", "error"];

    public static LogLevel Level(ApiCall call, string parameter) => call.Word(
        parameter, ("", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information), ("warning", LogLevel.Warning), ("error", LogLevel.Error));

    public static LogRow Show(LogLine line) => new(line.Sequence, line.Time.UtcDateTime, line.Level switch
    {
        LogLevel.Error or LogLevel.Critical => "error",
        LogLevel.Warning => "warning",
        LogLevel.Information => "info",
        _ => "debug",
    }, line.Text);

    private static Task<ApiAnswer> ReadAsync(ApiCall call)
    {
        if (!call.Caller.MayReadLogs)
        {
            return Task.FromResult(ApiAnswer.Refuse(403, "the log may not be read from here: http-access says so"));
        }

        int most = call.Number("lines", 500, 1, LogTail.MaxLines);
        string filter = call.Text("filter");
        LogLevel level = Level(call, "level");
        LogLine[] matching =
        [
            .. call.Looks.Log.Recent(LogTail.MaxLines)
                .Where(line => line.Level >= level && line.Text.Contains(filter, StringComparison.OrdinalIgnoreCase)),
        ];
        return Task.FromResult(ApiAnswer.Of(
            new ApiList<LogRow>([.. matching.TakeLast(most).Select(Show)], matching.Length, null), ApiJson.Default.ApiListLogRow));
    }
}
