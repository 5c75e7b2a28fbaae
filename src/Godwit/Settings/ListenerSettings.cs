using System.Net;

namespace Godwit.Settings;

/// <summary>One <c>smtp-listener</c>: where clients come in.</summary>
/// <param name="Source">The named source that overrides what the client's address gives; empty when none.</param>
public sealed record ListenerSettings(IPEndPoint EndPoint, string Source);
