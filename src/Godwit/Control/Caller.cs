// Who asks over HTTP, and what that entitles to. Found once for each request by the port, before any route runs; immutable.

using System.Net;
using System.Security.Cryptography;
using System.Text;
using Godwit.Settings;
using Microsoft.AspNetCore.Http;

namespace Godwit.Control;

/// <summary>By what a caller is known.</summary>
public enum CallerProof : byte
{
    /// <summary>By its address alone.</summary>
    Address,

    /// <summary>By the cookie of somebody who has signed in.</summary>
    Session,

    /// <summary>By a key in the header X-API-Key.</summary>
    ApiKey,

    /// <summary>By the token that stands in a file of this machine.</summary>
    Token,
}

/// <summary>Who asks.</summary>
public sealed record Caller
{
    /// <summary>Nobody that may anything.</summary>
    public static Caller Nobody { get; } = new();

    /// <summary>What may be done. Monitor looks; operator also sees the configuration and people's addresses, and gives commands; admin edits files.</summary>
    public AccessLevel Level { get; init; }

    /// <summary>What anybody may from there; none means that no key counts from there either.</summary>
    public AccessLevel AddressLevel { get; init; }

    /// <summary>A session counts from there: http-access gives a level, or says <c>sign-in</c>.</summary>
    public bool MaySignIn { get; init; }

    /// <summary>The peer's; an IPv4 address is one, also where the socket speaks IPv6.</summary>
    public IPAddress Address { get; init; } = IPAddress.None;

    public CallerProof Proof { get; init; }

    /// <summary>Who has signed in; empty for all others.</summary>
    public string User { get; init; } = "";

    /// <summary>What a page of ours sends in the header X-CSRF-Token with a change; no page of another site can know it.</summary>
    public string CsrfToken { get; init; } = "";

    /// <summary>People's addresses, and what quotes them, may be seen.</summary>
    public bool MaySeeAddresses => Level >= AccessLevel.Operator;

    /// <summary>
    /// The peer is this machine, and passes nothing on for others: what proves that somebody may read a file of this machine counts from there only.
    /// </summary>
    public bool IsOfThisMachine { get; init; }

    /// <summary>The log may be read.</summary>
    public bool MayReadLogs { get; init; }

    /// <summary>
    /// The request is proved to come from a page of ours or from no page, so that it may change something; never a GET, which a link can send. The level is
    /// another question.
    /// </summary>
    public bool MayChange { get; init; }

    /// <summary>For the log: <c>ann from 10.1.2.3</c>.</summary>
    public string Name => $"{(User.Length > 0 ? User : Unnamed)} from {Address}";

    private string Unnamed => Proof switch { CallerProof.ApiKey => "an API key", CallerProof.Token => "the token", _ => "somebody" };

    /// <summary>The caller of a request; <see cref="Nobody"/> before the port has looked.</summary>
    public static Caller Of(HttpContext context) => context.Features.Get<Caller>() ?? Nobody;

    /// <summary>Whether this is the CSRF token of the caller; for forms that carry it in a field.</summary>
    public bool Accepts(string? offered) => CsrfToken.Length > 0 && offered is { Length: > 0 }
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(offered), Encoding.UTF8.GetBytes(CsrfToken));
}
