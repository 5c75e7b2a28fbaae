using System.Net;
using Godwit.Control;
using Godwit.Delivery;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Export;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Verification;

namespace Godwit.Tests.Control;

/// <summary>
/// One server whose every report is the same each time: fixed time, fixed mail, and words of peers that no format may stumble over.
/// </summary>
internal static class GoldenServer
{
    /// <summary>Quotes, marks, a backslash, an equals sign, and the escape that would colour a terminal.</summary>
    public const string NastyReply = "421 4.7.0 \"too fast\" <x> & y=\\z \u001b[31mred ünï";

    private const string Config = """
        postmaster admin@sender.example
        host-name mx1.sender.example
        spool /var/spool/godwit
        log-file /var/log/godwit/log
        total-max-smtp-in 200
        total-max-smtp-out 500
        <virtual-mta v1>
          smtp-source-host 192.0.2.1 mx1.sender.example
          smtp-source-host 192.0.2.2 mx2.sender.example
          <domain big.example>
            max-smtp-out 5
            max-msg-rate 100/h
          </domain>
        </virtual-mta>
        <virtual-mta v2>
          smtp-source-host 192.0.2.3 mx3.sender.example
        </virtual-mta>
        <virtual-mta-pool all>
          virtual-mta v1
          virtual-mta v2
        </virtual-mta-pool>
        <domain *>
          bounce-after 3d
        </domain>
        <source 192.0.2.0/24>
          always-allow-relaying yes
        </source>

        """;

    public static TestServer Make()
    {
        var server = new TestServer { ListsScheduler = true };
        var files = new Dictionary<string, string> { ["/etc/godwit/config"] = Config };
        server.Settings.Replace(ConfigFile.Load("/etc/godwit/config", ConfigSurroundings.InMemory(files)).Settings!, server.Clock.Now);
        server.Scheduler.SettingsChanged(server.Clock.Now);
        AddMail(server);
        AddTraffic(server);
        AddWords(server);
        server.Time.Advance(new TimeSpan(0, 20, 1));
        return server;
    }

    private static void AddMail(TestServer server)
    {
        server.Enqueue("v1", ["ann@big.example", "bob@big.example", "cy@small.example"], job: "campaign-7", envelopeId: "e-1");
        server.Enqueue("v2", ["ann@big.example"], sender: "", job: "reset");
        server.Enqueue("v1", ["dan@held.example"], job: "held");
        QueueKey big = Key("big.example/v1");
        server.Scheduler.RecordError(big, "connect rate limit reached", server.Clock.Now);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        Instant now = server.Clock.Now;
        server.Scheduler.RecordError(big, NastyReply, now);
        server.Scheduler.SetMode(big, QueueMode.Backoff, now + TimeSpan.FromHours(1), "421 4.7.0 slow down", now);
        server.Scheduler.DisableSource(big, IPAddress.Parse("192.0.2.2"), Instant.Never, "550 \"listed\"", now);
        server.Scheduler.Pause(Key("big.example/v2"), now);
        server.Scheduler.PauseJob("held", now);
        server.Recent["big.example/v1"] =
        [
            Event(RecipientEventKind.Delivered, now, "ann@big.example", 250, "DATA ok"),
            Event(RecipientEventKind.Deferred, now, "bob@big.example", 421, NastyReply[4..]),
            new(RecipientEventKind.Bounced, now, "eve@big.example", "big.example", "v1", null) { ReplyCode = 550, ReplyText = "5.4.4 no host" },
        ];
    }

    private static RecipientEvent Event(RecipientEventKind kind, Instant now, string recipient, int code, string text) =>
        new(kind, now, recipient, "big.example", "v1", IPAddress.Parse("192.0.2.1"))
        {
            Job = "campaign-7", Host = "mx.big.example", HostAddress = IPAddress.Parse("198.51.100.7"), ReplyCode = code, ReplyText = text,
        };

    private static void AddTraffic(TestServer server)
    {
        server.Traffic.In.Recipients.Add(1234567);
        server.Traffic.In.Messages.Add(1000000);
        server.Traffic.In.Bytes.Add(20L * 1024 * 1024 * 1024);
        server.Traffic.Out.Recipients.Add(900000);
        server.Traffic.Out.Messages.Add(800000);
        server.Traffic.Out.Bytes.Add(1536);
        server.Traffic.Deferred.Add(2);
        server.Traffic.Bounced.Add();
        server.Traffic.ConnectionsIn.Open();
        server.Traffic.ConnectionsIn.Open();
        server.Traffic.ConnectionsIn.Close();
        server.Traffic.ConnectionsOut.Open();
    }

    private static void AddWords(TestServer server)
    {
        server.DnsAnswer = new MxAnswer(
            MxStatus.Found,
            [
                new MailHost(DomainName.Parse("mx1.big.example"), 10, [IPAddress.Parse("198.51.100.7"), IPAddress.Parse("2001:db8::7")]),
                new MailHost(DomainName.Parse("mx2.big.example"), 20, [IPAddress.Parse("198.51.100.8")]),
            ],
            "");
        server.Explain = found => found with
        {
            Notes = ["queue-to big.rollup stands in the configuration"],
            Proofs = ["mx1.big.example: must have a certificate for its name (MTA-STS)"],
            Greetings = [new HostGreeting("mx1.big.example (198.51.100.7)", "192.0.2.1", "220 " + NastyReply) { Tls = "TLS 1.3", TakesMail = true }],
        };
        server.Held.Add(new ExportTrouble("/var/spool/hooks/events.csv", server.Clock.Now, "the receiver answers 403 <no> & \"why\"; 4 KB wait and are handed over later"));
        server.Dialog = ["<<< EHLO mx1.sender.example", ">>> 250-mx.big.example", ">>> " + NastyReply];
        server.UnknownReplies.Add(new UnclassifiedReply(
            "550 # refused", 7, server.Clock.Now, server.Clock.Now, NastyReply, DomainName.Parse("big.example")));
        server.Keys.Add(new KeyComparison("s1._domainkey.sender.example", "/etc/godwit/s1.pem", "rsa-sha256", "", "v=DKIM1; p=AAAA", ""));
        server.Keys.Add(new KeyComparison("s2._domainkey.sender.example", "/etc/godwit/s2.pem", "ed25519-sha256", "no record", "v=DKIM1; k=ed25519; p=BBBB", ""));
        server.Load = () => ConfigFile.Load(
            "/etc/godwit/config", ConfigSurroundings.InMemory(new Dictionary<string, string> { ["/etc/godwit/config"] = Config }));
    }

    private static QueueKey Key(string name)
    {
        string[] parts = name.Split('/');
        return new QueueKey(DomainName.Parse(parts[0]), parts[1]);
    }
}
