// The table of /api/v1 and how its routes are put behind the port: who may, how errors look, what the OpenAPI document says. Made with each console that opens
// and disposed before it closes, which ends every stream at once. It does no verb itself: every route asks the Operator.

using System.Reflection;
using System.Text.Json;
using Godwit.Control;
using Godwit.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Godwit.Api;

/// <summary>The API of one console.</summary>
public sealed class ApiRoutes : IDisposable
{
    /// <summary>The explorer of routes describes those that say which method they run; ours all run one of this form.</summary>
    private static readonly MethodInfo _handler = typeof(RequestDelegate).GetMethod("Invoke")!;

    private readonly Operator _operator;
    private readonly StreamHub _streams;

    public ApiRoutes(Operator @operator)
    {
        _operator = @operator;
        _streams = new StreamHub(@operator);
    }

    /// <summary>Every route, in the order of the documentation.</summary>
    internal IReadOnlyList<ApiRoute> Table =>
    [
        .. OverviewRoutes.Table, .. _streams.Table, .. QueueRoutes.Table, new TraceRoute(_streams).Route, .. DestinationRoutes.Table,
        .. VirtualMtaRoutes.Table, .. JobRoutes.Table, .. RecipientRoutes.Table, .. ClientRoutes.Table, .. ConfigRoutes.Table, .. LogRoutes.Table,
        .. CommandRoutes.Table, .. OperationRoutes.Table,
    ];

    /// <summary>Puts the API of a new console behind its port. Its streams end when that console begins to close.</summary>
    public static void Map(IEndpointRouteBuilder routes, Operator @operator)
    {
        var api = new ApiRoutes(@operator);
        api.Map(routes);
        routes.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(static state => ((ApiRoutes)state!).Dispose(), api);
    }

    internal void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup(ApiRoute.Root);
        foreach (ApiRoute route in Table)
        {
            IEndpointConventionBuilder endpoint = group.MapMethods(route.Path, [route.Method], context => RunAsync(context, route))
                .Needs(route.Level)
                .TakesUpTo(route.MostOctets);
            Describe(route.JudgesChanges ? endpoint.JudgesChangesItself() : endpoint, route);
        }

        ApiDocument.Map(routes);
    }

    public void Dispose() => _streams.Dispose();

    /// <summary>Tells the document what a route is; who may use it and how much it takes is said elsewhere.</summary>
    internal static void Describe(IEndpointConventionBuilder endpoint, ApiRoute route)
    {
        endpoint.WithMetadata(route, Described(route), _handler);
    }

    /// <summary>What the answer looks like, for the document.</summary>
    private static ProducesResponseTypeMetadata Described(ApiRoute route) => route.IsStream
        ? new ProducesResponseTypeMetadata(route.Status, typeof(string), ["text/event-stream"])
        : route.Answer is { } answer
            ? new ProducesResponseTypeMetadata(route.Status, answer, ["application/json"])
            : new ProducesResponseTypeMetadata(route.Status, typeof(void));

    private async Task RunAsync(HttpContext context, ApiRoute route)
    {
        var call = new ApiCall(context, _operator);
        ApiAnswer answer = await route.Run(call);
        answer = call.Bad ?? answer;
        if (answer.Problem.Length > 0)
        {
            await ProblemReply.WriteAsync(context, answer.Status, answer.Problem);
            return;
        }

        if (answer.Status == 0)
        {
            return;
        }

        context.Response.StatusCode = answer.Status;
        if (answer.Location.Length > 0)
        {
            context.Response.Headers.Location = answer.Location;
        }

        if (answer is { Value: { } value, Type: { } type })
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            await JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted);
        }
    }
}
