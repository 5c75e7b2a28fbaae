using Godwit.Tls;

namespace Godwit.Delivery;

/// <summary>How STARTTLS ended.</summary>
internal enum TlsEnd : byte
{
    Secured,

    /// <summary>The host would not, and the connection goes on in plain text.</summary>
    Refused,

    /// <summary>The handshake broke, or the host did not prove what it had to; there is no connection any more.</summary>
    Broken,
}

/// <summary>What came of STARTTLS on one connection.</summary>
/// <param name="Problem">Unless secured: in an operator's words, with the host in them.</param>
/// <param name="Detail">The same for strangers: nothing about our own machines.</param>
/// <param name="Fault">
/// What a report to the domain says: something may be wrong and mail goes on. Null when all was well, and for a broken one when it failed by what only our
/// own configuration asks.
/// </param>
/// <param name="Lasts">The next try will meet the same. RFC 3207 section 4: a 454 is for the moment; what breaks in a handshake may be the network.</param>
internal readonly record struct TlsOutcome(TlsEnd End, string Problem, string Detail, TlsResultType? Fault, bool Lasts = false);
