// From connections that are open to what the API tells of them. Pure.

using System.Net;
using Godwit.Control;
using Godwit.Diagnostics;

namespace Godwit.Api;

internal static class ConnectionShow
{
    /// <summary>Told of one queue or destination: more is no reading for people, and the counts by source address are of all.</summary>
    public const int MostConnections = 100;

    /// <summary>The oldest first.</summary>
    public static IReadOnlyList<OpenConnectionRow> Rows(ApiCall call, Func<OpenConnection, bool> isMeant) =>
        [.. call.Looks.Connections.Read(isMeant).Take(MostConnections).Select(Row)];

    private static OpenConnectionRow Row(OpenConnection each) => new(
        $"{each.Destination}/{each.VirtualMta}", Text(each.Source), each.Remote.ToString(), each.Host, ApiTime.Whole(each.Since), each.Messages, each.Tls,
        each.State.ToString().ToLowerInvariant());

    private static string Text(IPAddress? address) => address?.ToString() ?? "";
}
