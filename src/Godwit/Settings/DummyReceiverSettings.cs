using System.Net;

namespace Godwit.Settings;

/// <summary>The built-in receiver (<c>dummy-smtp-*</c>): accepts everything, keeps nothing.</summary>
/// <param name="Latency">Waited before each reply to the end of data.</param>
public sealed record DummyReceiverSettings(IPEndPoint EndPoint, TimeSpan Latency, bool HasPipelining, bool HasChunking);
