// Any command, as it is typed behind godwit; and the settings of a queue. Static.

using System.Text.Json;
using Godwit.Control;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Api;

/// <summary>A command as it is typed behind godwit.</summary>
internal sealed record CommandOrder(string? Command);

/// <summary>How a command ended.</summary>
/// <param name="Outcome">done, refused, usage.</param>
/// <param name="Text">What godwit prints.</param>
/// <param name="Data">The same as a tree.</param>
internal sealed record CommandDone(string Outcome, string Message, string Text, JsonElement Data);

internal static class CommandRoutes
{
    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("POST", "/commands", AccessLevel.Monitor, "Runs a command; what it needs is up to the command.", RunAsync)
        {
            Body = typeof(CommandOrder), Needed = ["command"],
            Answer = typeof(CommandDone), JudgesChanges = true, Problems = [(403, "The command needs a higher level.")],
        },
        new("GET", "/settings", AccessLevel.Operator, "What every directive is set to for a queue, and who said so.", SettingsAsync)
        {
            Answer = typeof(ApiList<SettingRow>), Parameters = [new("queue", "DOMAIN/VMTA.")], Problems = [(404, "There is no such virtual MTA.")],
        },
    ];

    private static async Task<ApiAnswer> RunAsync(ApiCall call)
    {
        if (await call.BodyAsync(ApiJson.Default.CommandOrder) is not { } order)
        {
            return call.Bad!;
        }

        if (!OperatorCommand.TryParse(order.Command ?? "", out OperatorCommand command, out MessageReport usage))
        {
            return Show(usage);
        }

        (CommandLack lack, OperatorReport? report) = await call.Operator.RunAsync(command, call.Caller, proof: null, call.Cancellation);
        return report is null ? Refuse(command, lack) : Show(report);
    }

    /// <summary>What a caller is told who may not give a command.</summary>
    public static ApiAnswer Refuse(OperatorCommand command, CommandLack lack) => ApiAnswer.Refuse(403, lack == CommandLack.Level
        ? $"\"{command.Name}\" needs the level {command.Needs.ToString().ToLowerInvariant()}: sign in, or send a key in X-API-Key"
        : "a change needs the header X-API-Key, or X-CSRF-Token with the csrfToken of GET /api/v1/session");

    private static ApiAnswer Show(OperatorReport report)
    {
        string outcome = report.Outcome.ToString().ToLowerInvariant();
        using JsonDocument tree = JsonDocument.Parse(report.Write(ReportFormat.Json));
        return ApiAnswer.Of(
            new CommandDone(outcome, report.Message, ReportFormats.Text(report), tree.RootElement.GetProperty("data").Clone()), ApiJson.Default.CommandDone);
    }

    private static Task<ApiAnswer> SettingsAsync(ApiCall call)
    {
        string[] parts = call.Text("queue").Split('/', 2);
        string virtualMta = parts.Length == 2 ? parts[1] : EnvelopeRecipient.DefaultVirtualMta;
        if (!DomainName.TryParse(parts[0], out DomainName domain))
        {
            return Task.FromResult(ApiAnswer.Refuse(400, "say for which queue: queue=DOMAIN/VMTA"));
        }

        if (call.Operator.SettingsOf(new QueueKey(domain, virtualMta)) is not { } section)
        {
            return Task.FromResult(ApiAnswer.NotFound(
                $"there is no virtual MTA \"{virtualMta}\"{Spelling.Hint(virtualMta, call.Looks.Settings.VirtualMtas.Keys)}"));
        }

        IReadOnlyList<SettingRow> rows = QueueShow.Settings(section, call);
        return Task.FromResult(ApiAnswer.Of(new ApiList<SettingRow>(rows, rows.Count, null), ApiJson.Default.ApiListSettingRow));
    }
}
