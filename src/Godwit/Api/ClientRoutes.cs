// Clients that are shut out because they failed to authenticate too often. Static.

using Godwit.Reception;
using Godwit.Settings;

namespace Godwit.Api;

/// <summary>A client that is shut out.</summary>
/// <param name="Address">Of IPv6 the first of its /64, with that.</param>
/// <param name="Since">The first of the failures that were counted.</param>
/// <param name="Until">When it is let in again by itself.</param>
internal sealed record DisabledClientRow(string Address, DateTime Since, DateTime Until, string Reason);

internal static class ClientRoutes
{
    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("GET", "/clients/disabled", AccessLevel.Monitor, "Clients that smtp-max-auth-failure-rate shuts out, the longest first.", ListAsync)
        {
            Answer = typeof(ApiList<DisabledClientRow>), Parameters = Paging.Parameters,
        },
        new("POST", "/clients/{address}/enable", AccessLevel.Operator, "Lets a client in again that is shut out.", EnableAsync)
        {
            Answer = typeof(ActionDone),
            Parameters = [new("address", "Its address, as the list has it.", ParameterForm.Segment)],
            Problems = [(409, "It is not shut out.")],
        },
    ];

    private static Task<ApiAnswer> ListAsync(ApiCall call) => Task.FromResult(ApiAnswer.Of(
        Paging.Page(call, call.Looks.ShutOutClients(), static client => client.Name, Row), ApiJson.Default.ApiListDisabledClientRow));

    private static Task<ApiAnswer> EnableAsync(ApiCall call)
    {
        string address = call.Segment("address");
        if (address == "*")
        {
            call.Wrong("name one client: a star is taken by the command \"enable client\" only", false);
        }

        return QueueRoutes.DoAsync(call, ["enable", "client", address], static () => null);
    }

    private static DisabledClientRow Row(ShutOutClient client) => new(
        client.Name, ApiTime.Whole(client.Since), ApiTime.Whole(client.Until), $"{client.Failures} failed authentications (smtp-max-auth-failure-rate)");
}
