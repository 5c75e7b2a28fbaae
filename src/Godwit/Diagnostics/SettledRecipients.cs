using System.Net;
using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>Recipients of one message and one queue that had their fates together.</summary>
/// <param name="Source">The address of ours; null when no host was spoken to.</param>
/// <param name="Job">Empty when none.</param>
/// <param name="ReplyCode">Of the last reply; 0 when none.</param>
public readonly record struct SettledRecipients(
    string Destination, string VirtualMta, IPAddress? Source, string Job, int Delivered, int Deferred, int Bounced, int ReplyCode, string ReplyText, Instant Time);
