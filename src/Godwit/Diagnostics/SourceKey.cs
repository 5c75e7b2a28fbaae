using System.Net;

namespace Godwit.Diagnostics;

/// <summary>A source address of a virtual MTA.</summary>
public readonly record struct SourceKey(string VirtualMta, IPAddress Address);
