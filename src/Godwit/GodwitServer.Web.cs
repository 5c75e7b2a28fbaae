// What the management port serves beside its own addresses: one line for each room that has routes. Each route says who may use it.

using Godwit.Api;
using Godwit.Metrics;
using Godwit.Settings;
using Microsoft.AspNetCore.Routing;

namespace Godwit;

public sealed partial class GodwitServer
{
    /// <summary>What the management port serves, and to whom.</summary>
    internal IReadOnlyList<(string Method, string Pattern, AccessLevel Level)> ManagementRoutes => _management.Routes;

    private IReadOnlyList<Action<IEndpointRouteBuilder>> Routes(MetricView meters) =>
    [
        routes => ApiRoutes.Map(routes, _operator),
        new MetricsPage(meters).Map,
    ];

    private static void NoteManagementPort(ServerSettings settings, ServerSettings before, List<ConfigProblem> problems)
    {
        int port = settings.HttpManagementPort;
        bool moves = port != before.HttpManagementPort;
        if (moves || (port != 0 && settings.HttpListensEverywhere != before.HttpListensEverywhere))
        {
            string where = port == 0 ? "commands are no longer answered"
                : settings.HttpListensEverywhere ? $"commands are answered at port {port} of every address now"
                : $"commands are answered at 127.0.0.1:{port} now";
            string why = moves ? "http-mgmt-port" : "http-access";
            problems.Add(new ConfigProblem(settings.ConfigFile, 0, 0, ConfigSeverity.Note, $"{why}: {where}"));
        }
    }
}
