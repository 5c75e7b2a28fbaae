// What the management port serves beside its own addresses: one line for each room that has routes. Each route says who may use it.

using Godwit.Api;
using Godwit.Settings;
using Microsoft.AspNetCore.Routing;

namespace Godwit;

public sealed partial class GodwitServer
{
    /// <summary>What the management port serves, and to whom.</summary>
    internal IReadOnlyList<(string Method, string Pattern, AccessLevel Level)> ManagementRoutes => _management.Routes;

    private IReadOnlyList<Action<IEndpointRouteBuilder>> Routes() =>
    [
        routes => ApiRoutes.Map(routes, _operator),
    ];

    private static void NoteManagementPort(ServerSettings settings, ServerSettings before, List<ConfigProblem> problems)
    {
        int port = settings.HttpManagementPort;
        if (port != before.HttpManagementPort)
        {
            string where = port == 0 ? "commands are no longer answered" : $"commands are answered at 127.0.0.1:{port} now";
            problems.Add(new ConfigProblem(settings.ConfigFile, 0, 0, ConfigSeverity.Note, $"http-mgmt-port: {where}"));
        }
    }
}
