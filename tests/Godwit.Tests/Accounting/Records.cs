// Records as tests need them: every member filled, so that a column without a value shows.

using System.Net;
using Godwit.Accounting;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Tests.Accounting;

internal static class Records
{
    public static readonly Instant Logged = Instant.FromDateTime(new DateTimeOffset(2019, 2, 8, 21, 54, 5, TimeSpan.Zero));

    public static MessageId IdAt(Instant time) => new(time.UnixMilliseconds << 22);

    public static Envelope Envelope(string sender = "news@sender.example", string recipient = "user@example.com") => new()
    {
        Id = IdAt(Logged - TimeSpan.FromSeconds(5)),
        Sender = EmailAddress.Parse(sender),
        Recipients =
        [
            new EnvelopeRecipient
            {
                Address = EmailAddress.Parse(recipient),
                Destination = DomainName.Parse("example.com"),
                VirtualMta = "vmta48",
                Pool = "pool1",
                OriginalRecipient = "rfc822;first@example.com",
            },
        ],
        JobId = "job1",
        EnvelopeId = "env1",
        SourceMta = "app.sender.example (10.0.0.7)",
        SourceAddress = IPAddress.Parse("10.0.0.7"),
        LocalAddress = IPAddress.Parse("10.0.0.1"),
        SmtpUser = "shop",
    };

    public static AccountingRecord Full(AccountingType type)
    {
        Envelope envelope = Envelope();
        bool queue = type == AccountingType.TransientQueue;
        return new AccountingRecord
        {
            Type = type,
            TimeLogged = Logged,
            Envelope = queue ? null : envelope,
            Recipient = queue ? null : envelope.Recipients[0],
            DsnAction = type switch { AccountingType.Delivered => "relayed", AccountingType.Bounced => "failed", _ => "delayed" },
            DsnStatus = type == AccountingType.Delivered ? new EnhancedStatus(2, 0, 0) : new EnhancedStatus(5, 1, 1),
            DsnDiagnostic = type == AccountingType.Delivered ? "smtp;250 DATA ok" : "smtp;550 5.1.1 no such user",
            DsnMta = "mx.example.com (192.0.2.1)",
            BounceCategory = type == AccountingType.Delivered ? "" : "bad-mailbox",
            DeliveryType = "smtp",
            DeliverySourceAddress = IPAddress.Parse("198.51.100.4"),
            DeliveryDestinationAddress = IPAddress.Parse("192.0.2.1"),
            EsmtpAvailable = "ENHANCEDSTATUSCODES,8BITMIME",
            DeliverySize = type == AccountingType.Delivered ? 41159 : 0,
            TlsProtocol = "TLSv1.3",
            TlsCipher = "TLS_AES_256_GCM_SHA384",
            TlsPolicy = "dane",
            Queue = "example.com/vmta48",
            VirtualMta = "vmta48",
            Pool = "pool1",
            MessageSize = 40960,
        };
    }
}
