using System.Net;
using System.Text;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class ConfigFileTests
{
    private const string Needed = "postmaster a@example.com\nspool /var/spool/godwit\n";

    [Fact]
    public void The_quick_start_loads_without_a_single_remark()
    {
        string path = Path.Combine(DirectiveReferenceTests.Root(), "examples", "quickstart.conf");

        ConfigLoad load = ConfigFile.Load(path, InventedMachine.WithRealFiles());

        Assert.Empty(load.Problems);
        ServerSettings settings = load.Settings!;
        string var = Path.Combine(DirectiveReferenceTests.Root(), "var");
        Assert.Equal(Path.Combine(var, "spool"), settings.Spool.Directory);
        Assert.Equal(Path.Combine(var, "log", "godwit.log"), settings.LogFile);
        Assert.Equal("127.0.0.1:2526", settings.DummyReceiver!.EndPoint.ToString());
        Assert.Equal("127.0.0.1", settings.DeliveryFor(DomainName.Parse("gmail.com"), "vmta-2").SmtpHosts[0].Hosts[0].Address!.ToString());
        Assert.False(settings.SourceFor(IPAddress.Parse("192.0.2.1"), "").AlwaysAllowRelaying);
        Assert.All(settings.VirtualMtas.Values.Where(v => v.Name != "{default}"), v => Assert.Equal("127.0.0.1", v.SourceHosts.Single().Address!.ToString()));
    }

    [Fact]
    public void A_missing_file_is_a_problem_and_not_an_exception()
    {
        ConfigLoad load = ConfigFile.Load("/nonexistent/godwit.conf");

        Assert.Null(load.Settings);
        Assert.Equal("/nonexistent/godwit.conf: error: cannot read /nonexistent/godwit.conf: no such file", Assert.Single(load.Problems).ToString());
    }

    [Theory]
    [InlineData("utf-8", false)]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    public void A_file_is_read_to_its_end_in_whichever_encoding_its_mark_tells(string encoding, bool mark)
    {
        // More than any buffer on the way, letters of one, two and four octets, and a last line without an end.
        string text = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"# Größe {i} \U0001F426\n")) + "host-name mta.example.com";
        string file = Path.GetTempFileName();
        try
        {
            var how = Encoding.GetEncoding(encoding);
            File.WriteAllBytes(file, [.. mark ? how.GetPreamble() : [], .. how.GetBytes(text)]);

            Assert.Equal(text, ConfigSurroundings.Machine.Read(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_file_that_does_not_tell_its_length_is_read_too() => Assert.StartsWith("Linux", ConfigSurroundings.Machine.Read("/proc/version"), StringComparison.Ordinal);

    [Fact]
    public void A_directory_instead_of_a_file_is_a_problem()
    {
        ConfigLoad load = ConfigFile.Load(Path.GetTempPath());

        Assert.Null(load.Settings);
        Assert.Contains("cannot read", Assert.Single(load.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_log_file_the_load_succeeds_with_a_note()
    {
        ConfigLoad load = ConfigFile.LoadText(Needed);

        ConfigProblem problem = Assert.Single(load.Problems);
        Assert.Equal(ConfigSeverity.Note, problem.Severity);
        Assert.Equal("", load.Settings!.LogFile);
    }

    [Fact]
    public void Server_values_reach_the_settings()
    {
        ServerSettings settings = Load("""
            postmaster b@example.com
            total-max-smtp-in 7
            total-max-smtp-out 8
            http-mgmt-port 0
            log-file log/godwit.log
            log-rotate 3
            log-auto-rotation no
            log-file-world-readable yes
            name-server 192.0.2.53
            name-server [2001:db8::53]:5353
            dummy-smtp-port 2526
            dummy-smtp-latency 15
            dummy-smtp-has-chunking yes
            invalid-virtual-mta-fallback {default}
            """);

        Assert.Equal((7, 8, 0), (settings.TotalMaxSmtpIn, settings.TotalMaxSmtpOut, settings.HttpManagementPort));
        Assert.Equal(("/etc/godwit/log/godwit.log", 3, false, true), (settings.LogFile, settings.LogRotate, settings.LogAutoRotation,
            settings.LogFileWorldReadable));
        Assert.Equal(["192.0.2.53:53", "[2001:db8::53]:5353"], settings.NameServers.Select(s => s.ToString()));
        Assert.Equal(new DummyReceiverSettings(new IPEndPoint(IPAddress.Loopback, 2526), TimeSpan.FromMilliseconds(15), HasPipelining: false,
            HasChunking: true), settings.DummyReceiver);
        Assert.Equal("a@example.com", settings.Postmaster!.Value.Text);
        Assert.Equal("mta.example.net", settings.HostName);
        Assert.Equal("{default}", settings.InvalidVirtualMtaFallback);
    }

    [Fact]
    public void Queues_under_the_same_blocks_share_one_object()
    {
        ServerSettings settings = Load("domain-macro big one.example, two.example\n<domain $big>\nmax-smtp-out 3\n</domain>");

        Assert.Same(settings.DeliveryFor(DomainName.Parse("one.example"), "a"), settings.DeliveryFor(DomainName.Parse("two.example"), "b"));
        Assert.Same(settings.DeliveryFor(DomainName.Parse("a.example"), "a"), settings.DeliveryFor(DomainName.Parse("b.example"), "a"));
        Assert.NotSame(settings.DeliveryFor(DomainName.Parse("one.example"), "a"), settings.DeliveryFor(DomainName.Parse("b.example"), "a"));
    }

    [Fact]
    public void Five_thousand_virtual_mtas_and_fifty_thousand_domains_load()
    {
        var text = new StringBuilder(Needed);
        for (int i = 0; i < 5_000; i++)
        {
            text.Append($"<virtual-mta v{i}>\n  smtp-source-host 10.{i / 250}.{i % 250}.1 v{i}.example.com\n  <domain *>\n    max-smtp-out {i + 1}\n  </domain>\n</virtual-mta>\n");
        }

        for (int i = 0; i < 50_000; i++)
        {
            text.Append($"<domain d{i}.example>\n  max-msg-per-connection {i}\n</domain>\n");
        }

        ServerSettings settings = ConfigFile.LoadText(text.ToString()).Settings!;

        Assert.Equal(5_001, settings.VirtualMtas.Count);
        DeliverySettings delivery = settings.DeliveryFor(DomainName.Parse("d49999.example"), "V4999");
        Assert.Equal((5_000, 49_999), (delivery.MaxSmtpOut, delivery.MaxMsgPerConnection));
    }

    [Fact]
    public void A_flood_of_problems_is_cut_but_an_error_behind_it_still_stops_the_load()
    {
        var text = new StringBuilder(Needed);
        for (int i = 0; i < 5_000; i++)
        {
            text.Append($"unknown-{i} 1\n");
        }

        text.Append("total-max-smtp-in x\n");

        ConfigLoad load = ConfigFile.LoadText(text.ToString());

        Assert.Null(load.Settings);
        Assert.Single(load.Problems, p => p.Severity == ConfigSeverity.Error);
        Assert.Equal(ProblemList.MaxPerSeverity + 1, load.Problems.Count(p => p.Severity == ConfigSeverity.Warning));
    }

    [Fact]
    public void A_mistake_made_everywhere_does_not_drown_the_others()
    {
        var text = new StringBuilder(Needed);
        for (int i = 0; i < 5_000; i++)
        {
            text.Append($"<domain d{i}.example>\n  bounce-after 1m\n</domain>\n");
        }

        ConfigLoad load = ConfigFile.LoadText(text + "nonsense 1\n");

        ConfigProblem[] retries = [.. load.Problems.Where(p => p.Message.StartsWith("retry-after 10m is longer", StringComparison.Ordinal))];
        Assert.Equal(ProblemList.MaxFew, retries.Length);
        Assert.EndsWith($"(and in {5_000 - ProblemList.MaxFew} more places)", retries[^1].Message, StringComparison.Ordinal);
        Assert.Contains(load.Problems, p => p.Message == "nonsense is unknown and has no effect");
    }

    [Fact]
    public void The_same_remark_is_made_once_with_the_number_of_places()
    {
        ConfigLoad load = ConfigFile.LoadText(Needed + string.Concat(Enumerable.Repeat("<domain *>\n  remove-header X-A\n</domain>\n", 3)));

        Assert.Contains("remove-header has no effect: not supported yet (and in 2 more places)", load.Problems.Select(p => p.Message));
        Assert.Equal(3, load.Tally.NotYet);
    }

    [Fact]
    public void Macros_that_multiply_are_stopped()
    {
        var text = new StringBuilder(Needed + "domain-macro m0 a, b\n");
        for (int i = 1; i < 60; i++)
        {
            text.Append($"domain-macro m{i} $m{i - 1}-$m{i - 1}\n");
        }

        ConfigLoad load = ConfigFile.LoadText(text.ToString());

        Assert.Null(load.Settings);
        Assert.Contains(load.Problems, p => p.Message.Contains("stands for more than", StringComparison.Ordinal));
    }

    [Fact]
    public void Macros_may_not_stand_for_millions_of_domains_in_many_places_that_are_each_allowed()
    {
        string uses = string.Concat(Enumerable.Range(0, 25).Select(i => $"domain-macro m{i} x{i}.$big\n"));

        ConfigLoad load = ConfigFile.LoadText(Needed + "domain-macro d a,b,c,d,e,f,g,h,i,j\ndomain-macro big $d.$d.$d.$d.$d\n" + uses);

        Assert.Null(load.Settings);
        ConfigProblem problem = Assert.Single(load.Problems, p => p.Severity == ConfigSeverity.Error);
        Assert.StartsWith("all uses of macros together stand for more than 2000000 domains", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Includes_that_multiply_are_stopped()
    {
        var files = new Dictionary<string, string> { ["/c/main"] = Needed + "include f0" };
        for (int i = 0; i < 15; i++)
        {
            files[$"/c/f{i}"] = string.Concat(Enumerable.Repeat($"include f{i + 1}\n", 10));
        }

        ConfigLoad load = ConfigFile.Load("/c/main", ConfigSurroundings.InMemory(files));

        Assert.Null(load.Settings);
        Assert.Contains(load.Problems, p => p.Severity == ConfigSeverity.Error);
    }

    [Fact]
    public void Wildcards_in_folders_and_files_are_followed_in_order()
    {
        var files = new Dictionary<string, string>
        {
            ["/c/main"] = Needed + "include conf.?/*.conf",
            ["/c/conf.b/1.conf"] = "<domain *>\nmax-smtp-out 3\n</domain>",
            ["/c/conf.a/2.conf"] = "<domain *>\nmax-smtp-out 2\n</domain>",
            ["/c/conf.a/.3.conf.swp"] = "rubbish",
            ["/c/conf.a/.3.conf"] = "rubbish",
            ["/c/other/4.conf"] = "rubbish",
        };

        ConfigLoad load = ConfigFile.Load("/c/main", ConfigSurroundings.InMemory(files));

        Assert.Equal(3, load.Settings!.DeliveryFor(DomainName.Parse("a.example"), "x").MaxSmtpOut);
        Assert.Equal(0, load.Tally.Unknown);
    }

    [Fact]
    public void A_client_without_an_address_gets_only_the_named_source()
    {
        ServerSettings settings = Load("<source 0/0>\nmax-message-hops 5\n</source>\n<source {pickup}>\nprocess-x-job yes\n</source>");

        SourceSettings pickup = settings.SourceFor(null, "{pickup}");

        Assert.Equal((100, true, "{pickup}"), (pickup.MaxMessageHops, pickup.ProcessXJob, pickup.Name));
        Assert.Equal("0/0", settings.SourceFor(IPAddress.Loopback, "unknown").Name);
        Assert.Equal("", settings.SourceFor(null, "").Name);
    }

    private static ServerSettings Load(string text)
    {
        ConfigLoad load = ConfigFile.LoadText(Needed + text);
        Assert.DoesNotContain(load.Problems, p => p.Severity == ConfigSeverity.Error);
        return load.Settings!;
    }
}
