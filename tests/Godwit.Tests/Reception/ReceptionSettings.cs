using System.Net;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Reception;

/// <summary>The least configuration that a reception runs on.</summary>
internal static class ReceptionSettings
{
    public static readonly SourceSettings Relay = new() { Name = "test", AlwaysAllowRelaying = true };

    /// <param name="password">Plain, or hashed.</param>
    public static SmtpUserSettings User(string name, string password, string source = "") => new()
    {
        Name = name,
        Password = new SecretValue(password),
        Hash = PasswordHash.TryRead(password, out PasswordHash? hash, out _) ? hash : null,
        Source = source,
    };

    public static ServerSettings With(SourceSettings source, int totalMaxSmtpIn = 100, params SmtpUserSettings[] users) => new()
    {
        SmtpUsers = users.ToDictionary(user => user.Name, StringComparer.OrdinalIgnoreCase),
        HostName = "mta.example",
        Listeners = [],
        TotalMaxSmtpIn = totalMaxSmtpIn,
        NameServers = [new IPEndPoint(IPAddress.Loopback, 53)],
        Spool = new SpoolSettings("/nowhere", 0),
        AccountingFiles = [],
        VirtualMtas = new Dictionary<string, VirtualMtaSettings>(),
        Pools = new Dictionary<string, PoolSettings>(),
        ConfigFile = "test",
        ResolveDelivery = (_, _) => throw new InvalidOperationException("reception does not deliver"),
        ResolveSource = (_, name) => name switch
        {
            "relaying" => source with { Name = name, AlwaysAllowRelaying = true },
            "closed" => source with { Name = name, SmtpService = false },
            _ => source,
        },
        ResolveRelayDomain = domain => domain == DomainName.Parse("local.example"),
    };
}
