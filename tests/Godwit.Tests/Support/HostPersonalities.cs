// The large providers in small: limits that a test reaches with a few dozen messages, the blocks and the words of the real ones.

namespace Godwit.Tests.Support;

/// <summary>One personality a provider.</summary>
internal static class HostPersonalities
{
    public static HostPersonality Gmail { get; } = new()
    {
        Domain = "gmail.com",
        Host = "gmail-smtp-in.google.com",
        Connections = 4,
        ConnectionsReply = "421 4.7.0 Try again later, closing connection. (EHLO) abc-123 - gsmtp",
        MessagesPerConnection = 12,
        MessagesPerConnectionReply = "421 4.7.0 Connection expired, try reconnecting. abc-123 - gsmtp",
        RecipientsPerMessage = 5,
        AddressRate = new(20, TimeSpan.FromMinutes(10)),
        AddressReply = "421 4.7.28 Gmail has seen an unusual rate of email originating from your IP address [{ip}]. Your mail is rate limited for now.",
        DomainRate = new(40, TimeSpan.FromMinutes(10)),
        DomainReply = "421 4.7.28 Gmail has seen an unusual rate of email originating from your SPF domain [{domain}]. Your mail is rate limited.",
        MailboxRate = new(2, TimeSpan.FromHours(1)),
        BlockFor = TimeSpan.FromMinutes(10),
    };

    public static HostPersonality Microsoft { get; } = new()
    {
        Domain = "outlook.com",
        Host = "outlook-com.olc.protection.outlook.com",
        Connections = 3,
        ConnectionsReply = "451 4.7.652 The mail server [{ip}] has exceeded the maximum number of connections. (S3115)",
        MessagesPerConnection = 8,
        MessagesPerConnectionReply = "421 4.3.2 The maximum number of messages per connection has been reached",
        AddressRate = new(20, TimeSpan.FromMinutes(15)),
        AddressReply = "451 4.7.650 The mail server [{ip}] has been temporarily rate limited due to IP reputation. (S775)",
        BlockFor = TimeSpan.FromMinutes(30),
        Patience = 10,
        ImpatienceReply = "550 5.7.1 Messages from [{ip}] were not sent: part of their network is on our block list. (S3150)",
    };

    public static HostPersonality Yahoo { get; } = new()
    {
        Domain = "yahoo.com",
        Host = "mta5.am0.yahoodns.net",
        Connections = 5,
        ConnectionsReply = "421 4.7.0 [TS01] Mail from {ip} is put off for now.",
        MessagesPerConnection = 6,
        MessagesPerConnectionReply = "421 Max message per connection reached, closing transmission channel",
        AddressRate = new(20, TimeSpan.FromHours(1)),
        AddressReply = "421 4.7.0 [TSS04] Mail from {ip} is put off for now because of its volume or of complaints.",
        BlockFor = TimeSpan.FromHours(2),
        BlocksAtGreeting = true,
    };

    public static HostPersonality Apple { get; } = new()
    {
        Domain = "icloud.com",
        Host = "mx01.mail.icloud.com",
        Connections = 2,
        ConnectionsReply = "421 Service unavailable - try again later",
        MessagesPerConnection = 5,
        MessagesPerConnectionReply = "421 4.7.1 Messages to this user are put off due to excessive volume",
        AddressRate = new(15, TimeSpan.FromMinutes(15)),
        AddressReply = "421 [HCM1] Message put off by local policy",
        BlockFor = TimeSpan.FromMinutes(15),
    };

    public static HostPersonality Gmx { get; } = new()
    {
        Domain = "gmx.net",
        Host = "mx00.gmx.net",
        Connections = 2,
        ConnectionsReply = "421 mx00.gmx.net service not available. Too many connections from {ip}",
        AddressRate = new(20, TimeSpan.FromMinutes(10)),
        AddressReply = "421 mx00.gmx.net service not available. Rate limit reached for {ip}",
        RefusalsCount = true,
    };

    public static HostPersonality TOnline { get; } = new()
    {
        Domain = "t-online.de",
        Host = "mx00.t-online.de",
        Connections = 4,
        StrangerReply = "554 IP={ip} - None/bad reputation. Ask the postmaster for a reset. (NOWL)",
    };

    public static HostPersonality Company { get; } = new()
    {
        Domain = "company.test",
        Host = "mx.company.test",
        Connections = 3,
        ConnectionsReply = "421 4.7.0 mx.company.test Error: too many connections from {ip}",
        ConnectRate = new(30, TimeSpan.FromMinutes(1)),
        RecipientsPerMessage = 10,
        Greylist = TimeSpan.FromMinutes(5),
    };

    public static IReadOnlyList<HostPersonality> All { get; } = [Gmail, Microsoft, Yahoo, Apple, Gmx, TOnline, Company];
}
