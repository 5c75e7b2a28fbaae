// What a client may do: pure decisions over its source's rules and the server's.

using Godwit.Intake;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Reception;

/// <summary>Decides for one client. No state, no I/O.</summary>
public static class ClientPolicy
{
    /// <summary>Octets of content when the configuration sets no limit: what the spool can count, less 1 MiB for the fields that we add.</summary>
    public const long ServerMaxOctets = ContentBuffer.MaxOctets - 1024 * 1024;

    /// <summary>Whether mail for this recipient is taken from this client. The bare postmaster always is (RFC 5321 section 4.5.1).</summary>
    public static bool MayRelay(EmailAddress recipient, SourceSettings source, ServerSettings server) =>
        source.AlwaysAllowRelaying || recipient.Domain.IsEmpty || server.IsRelayDomain(recipient.Domain);

    /// <summary>Octets a message may have.</summary>
    public static long MaxOctets(SourceSettings source) =>
        source.MaxMessageSize > 0 ? Math.Min(source.MaxMessageSize, ServerMaxOctets) : ServerMaxOctets;

    /// <summary>Recipients a message may have.</summary>
    public static int MaxRecipients(SourceSettings source) =>
        source.MaxRcptPerMessage > 0 ? Math.Min(source.MaxRcptPerMessage, Envelope.MaxRecipients) : Envelope.MaxRecipients;
}
