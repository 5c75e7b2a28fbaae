using System.Net;
using Godwit.Settings;

namespace Godwit.Reception;

/// <summary>Who is at the other end.</summary>
/// <param name="Source">The rules that apply.</param>
/// <param name="Name">What it called itself at EHLO, safe for a header; empty before.</param>
/// <param name="Extended">Whether it said EHLO rather than HELO.</param>
internal readonly record struct ClientIdentity(SourceSettings Source, string Name, bool Extended, IPAddress Address, IPAddress LocalAddress)
{
    /// <summary>"TLSv1.3" and so on; empty without TLS.</summary>
    public string TlsProtocol { get; init; } = "";

    /// <summary>The cipher suite's IANA name; empty without TLS.</summary>
    public string TlsCipher { get; init; } = "";
}
