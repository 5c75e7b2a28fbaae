// What each route of the port says about itself where it is registered: who may, how it is protected, how much it takes.
// A route that does not say who may stops the port from opening (fail closed). Static.

using Godwit.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;

namespace Godwit.Control;

/// <summary>Who may use a route.</summary>
public sealed record RouteLevel(AccessLevel Level);

/// <summary>The route finds out by itself whether a request changes something, and then asks <see cref="Caller.MayChange"/>.</summary>
public sealed record JudgesChanges;

/// <summary>Whoever watches whether the server lives need not show a certificate, also where everybody else must.</summary>
public sealed record NeedsNoCertificate;

/// <summary>Describes routes: <c>routes.MapGet("/api/v1/queues", ListAsync).Needs(AccessLevel.Monitor)</c>.</summary>
public static class RouteAccess
{
    /// <summary>
    /// Callers below this level get 403. Requests other than GET and HEAD also need <see cref="Caller.MayChange"/>, unless the route says
    /// <see cref="JudgesChangesItself"/>. None is for everybody who reaches the port.
    /// </summary>
    public static TRoute Needs<TRoute>(this TRoute route, AccessLevel level)
        where TRoute : IEndpointConventionBuilder => route.WithMetadata(new RouteLevel(level));

    /// <summary>A POST that may be a mere question: the route looks at <see cref="Caller.MayChange"/> where it matters.</summary>
    public static TRoute JudgesChangesItself<TRoute>(this TRoute route)
        where TRoute : IEndpointConventionBuilder => route.WithMetadata(new JudgesChanges());

    /// <summary>Answers over HTTPS to clients without a certificate too (<c>http-tls-ca-file</c>).</summary>
    public static TRoute AnswersWithoutCertificate<TRoute>(this TRoute route)
        where TRoute : IEndpointConventionBuilder => route.WithMetadata(new NeedsNoCertificate());

    /// <summary>Octets that a request's body may have; without this, 16 KB.</summary>
    public static TRoute TakesUpTo<TRoute>(this TRoute route, long octets)
        where TRoute : IEndpointConventionBuilder => route.WithMetadata(new BodyBound(octets));

    private sealed record BodyBound(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
