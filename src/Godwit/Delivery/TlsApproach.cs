using System.Net;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>
/// All that decides whether a handshake with a host succeeds. That one way fails says nothing about another: a host may turn down a name that a stranger's
/// MX record gave it, or one queue's versions, and whoever causes that must not bring other mail into plain text.
/// </summary>
/// <param name="Name">The name that the host is asked for.</param>
/// <param name="Settings">Versions, ciphers, authorities and our certificate.</param>
internal readonly record struct TlsApproach(IPEndPoint EndPoint, string Name, TlsSettings Settings, bool Resumes);
