using System.Globalization;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Godwit.Rehearsal;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Rehearsal;

/// <summary>A campaign in virtual time, asked as an operator asks.</summary>
public sealed class RehearsalTests : IDisposable
{
    private const string Plain = "host-name mta.example\nsmtp-listener 127.0.0.1:25\nspool /var/spool/godwit\nsmtp-source-host 192.0.2.1 a.mta.example\n";

    /// <summary>Takes everything at once.</summary>
    private const string Willing = "<receiver rest>\nshare 100%\ndomain a.example 100%\nconnect-milliseconds 10\nmessage-milliseconds 10\n</receiver>\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-rehearsal-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_same_seed_gives_the_same_course_and_another_seed_another()
    {
        string first = Text(Plain, "--recipients", "3000");

        Assert.Equal(first, Text(Plain, "--recipients", "3000", "--seed", "1"));
        Assert.NotEqual(first, Text(Plain, "--recipients", "3000", "--seed", "2"));
    }

    [Theory]
    [InlineData("<domain a.example>\nmax-msg-rate 100/h\n</domain>\n", 300, 3 * 3600)]
    [InlineData("<domain a.example>\nmax-msg-rate 10/s\n</domain>\n", 6000, 600)]
    [InlineData("<domain a.example>\nmax-smtp-out 1\nmax-msg-rate 2/s\n</domain>\n", 600, 300)]
    public void A_message_rate_of_the_configuration_decides_when_mail_is_done(string limit, int recipients, int seconds)
    {
        JsonElement report = Json(Plain + limit, Willing, "--recipients", $"{recipients}");

        JsonElement receiver = report.GetProperty("receivers")[0];
        Assert.Equal(recipients, receiver.GetProperty("delivered").GetInt32());
        Assert.InRange(receiver.GetProperty("doneAfterSeconds").GetDouble(), seconds * 0.98, seconds * 1.02);
        Assert.StartsWith("message rate limit reached", receiver.GetProperty("waits")[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Connections_stay_below_the_limit_and_the_limit_is_named()
    {
        JsonElement report = Json(Plain + "<domain a.example>\nmax-smtp-out 3\n</domain>\n", Willing, "--recipients", "20000");

        Assert.Equal(3, report.GetProperty("peakConnections").GetInt32());
        JsonElement source = report.GetProperty("sources")[0];
        Assert.Equal(("192.0.2.1", 3), (source.GetProperty("address").GetString(), source.GetProperty("peakConnections").GetInt32()));
        Assert.Equal("max-smtp-out reached", report.GetProperty("receivers")[0].GetProperty("waits")[0].GetProperty("reason").GetString());

        // Three connections of ten milliseconds a message carry 300 a second.
        Assert.InRange(report.GetProperty("doneAfterSeconds").GetDouble(), 60, 75);
    }

    [Fact]
    public void A_receiver_that_is_asked_too_fast_answers_and_the_shipped_rule_slows_the_queue()
    {
        const string model = "<receiver google>\nprovider google\nshare 100%\ndomain gmail.com 100%\nmax-msg-rate-per-source-ip 100/m\nwhen-too-fast ip-quota\n</receiver>\n"
            + "<receiver rest>\n</receiver>\n";

        JsonElement receiver = Json(Plain, model, "--recipients", "300").GetProperty("receivers")[0];

        // A pause of ten minutes, and then mail goes on: none is lost and none bounces.
        Assert.True(receiver.GetProperty("backoffs").GetInt32() >= 1);
        Assert.True(receiver.GetProperty("replies").GetProperty("google/ip-quota").GetInt32() >= 1);
        Assert.Equal(300, receiver.GetProperty("delivered").GetInt32());
        Assert.True(receiver.GetProperty("doneAfterSeconds").GetDouble() > 600);
    }

    [Fact]
    public void A_rule_of_the_configuration_puts_the_queue_into_backoff_mode()
    {
        const string model = "<receiver rest>\nshare 100%\ndomain a.example 100%\nanswer 5% 421\n</receiver>\n";
        const string rules = "<smtp-pattern-list mine>\nreply /^421/ mode=backoff\n</smtp-pattern-list>\n"
            + "<domain a.example>\nsmtp-pattern-list mine\nbackoff-max-msg-rate 60/m\nbackoff-to-normal-after 5m\n</domain>\n";

        JsonElement with = Json(Plain + rules, model, "--recipients", "2000");
        JsonElement without = Json(Plain, model, "--recipients", "2000");

        Assert.True(with.GetProperty("receivers")[0].GetProperty("backoffs").GetInt32() >= 1);
        Assert.Equal(0, without.GetProperty("receivers")[0].GetProperty("backoffs").GetInt32());
        Assert.True(with.GetProperty("receivers")[0].GetProperty("ninetyNinePercentAfterSeconds").GetDouble()
            > without.GetProperty("receivers")[0].GetProperty("ninetyNinePercentAfterSeconds").GetDouble());
    }

    [Fact]
    public void Every_recipient_has_a_fate_also_when_nobody_can_be_reached()
    {
        const string model = "<receiver rest>\nshare 100%\ndomain a.example 60%\ninvented-domains 50\nunreachable 100%\n</receiver>\n";

        JsonElement receiver = Json(Plain + "<domain *>\nbounce-after 2h\n</domain>\n", model, "--recipients", "1000").GetProperty("receivers")[0];

        Assert.Equal((0, 1000), (receiver.GetProperty("left").GetInt32(), receiver.GetProperty("expired").GetInt32()));
        Assert.InRange(receiver.GetProperty("doneAfterSeconds").GetDouble(), 7200, 7300);
    }

    [Fact]
    public void A_pool_shares_the_mail_between_its_addresses()
    {
        const string pool = "<virtual-mta v>\nsmtp-source-host 192.0.2.2 b.mta.example\n</virtual-mta>\n<virtual-mta w>\nsmtp-source-host 192.0.2.3 c.mta.example\n</virtual-mta>\n"
            + "<virtual-mta-pool p>\nvirtual-mta v\nvirtual-mta w\n</virtual-mta-pool>\n<domain *>\nmax-smtp-out 4\n</domain>\n";

        JsonElement report = Json(Plain + pool, Willing, "--recipients", "5000", "--vmta", "p");

        Assert.Equal([("192.0.2.2", 4), ("192.0.2.3", 4)], report.GetProperty("sources").EnumerateArray()
            .Select(s => (s.GetProperty("address").GetString()!, s.GetProperty("peakConnections").GetInt32())));
    }

    [Theory]
    [InlineData("type file\nfile-destination /mail", "type file", "delivered")]
    [InlineData("type pipe\ncommand /bin/true", "type pipe", "delivered")]
    [InlineData("type discard", "type discard", "delivered")]
    [InlineData("type discard\ndiscard-as-bounce yes", "type discard", "bounced")]
    public void Mail_that_stays_on_this_machine_meets_no_provider(string type, string name, string fate)
    {
        const string model = "<receiver rest>\nshare 100%\ndomain a.example 50%\ndomain b.example 50%\nanswer 100% 550\n</receiver>\n";
        string config = Plain + $"<domain a.example>\n{type}\n</domain>\n";

        JsonElement report = Json(config, model, "--recipients", "2000");

        JsonElement[] receivers = [.. report.GetProperty("receivers").EnumerateArray()];
        Assert.Equal(["rest", name], receivers.Select(r => r.GetProperty("name").GetString()!));
        Assert.Equal([1000, 1000], receivers.Select(r => r.GetProperty("recipients").GetInt32()));
        Assert.Equal(1000, receivers[0].GetProperty("bounced").GetInt32());
        Assert.Equal(1000, receivers[1].GetProperty(fate).GetInt32());
        Assert.Single(report.GetProperty("sources").EnumerateArray());
        Assert.Contains("meets no provider", Text(config, "--recipients", "2000", "--model", Write("again.conf", model)), StringComparison.Ordinal);
        Assert.DoesNotContain("meets no provider", Text(Plain, "--recipients", "2000", "--model", Write("other.conf", model)), StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_take_as_long_as_total_max_file_lets_them()
    {
        const string queue = "<domain a.example>\ntype pipe\ncommand /bin/true\nmax-smtp-out 40\n</domain>\n";

        double Seconds(string most) => Json(Plain + most + queue, Willing, "--recipients", "20000").GetProperty("doneAfterSeconds").GetDouble();

        // Programs of 50 ms: forty at once carry 800 a second, two of them 40.
        Assert.InRange(Seconds("total-max-file 40\n"), 24, 28);
        Assert.InRange(Seconds("total-max-file 2\n"), 470, 530);
    }

    [Fact]
    public void A_limit_of_the_configuration_holds_for_files_too()
    {
        const string queue = "<domain a.example>\ntype file\nfile-destination /mail\nmax-msg-rate 10/s\n</domain>\n";

        JsonElement receiver = Json(Plain + queue, Willing, "--recipients", "6000").GetProperty("receivers")[0];

        Assert.InRange(receiver.GetProperty("doneAfterSeconds").GetDouble(), 590, 610);
        Assert.StartsWith("message rate limit reached", receiver.GetProperty("waits")[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_campaign_goes_to_the_receivers_of_its_domains()
    {
        string file = Write("campaign.csv", "domain,recipients\ngmail.com,100\n40;hotmail.com\nsmall.example\t7\n");

        string text = Text(Plain, "--campaign", file);

        Assert.Matches(@"(?m)^gmail +100 ", text);
        Assert.Matches(@"(?m)^outlook +40 ", text);
        Assert.Matches(@"(?m)^rest +7 ", text);
    }

    [Fact]
    public void The_page_is_well_formed_and_loads_nothing()
    {
        string page = Path.Combine(_folder, "page.html");
        string odd = Write("a<b>&.conf", Plain);

        (int code, _, string error) = Run(odd, "--recipients", "2000", "--html", page);

        Assert.Equal((0, ""), (code, error));
        using var reader = XmlReader.Create(page, new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        var document = XDocument.Load(reader);
        Assert.True(document.Descendants().Count(e => e.Name.LocalName == "polyline") >= 9);
        Assert.DoesNotContain(document.Descendants(), e => e.Name.LocalName is "script" or "link" or "img");
        Assert.DoesNotContain(document.Descendants().Attributes(), a => a.Name.LocalName is "src" or "href");
        Assert.Contains("a<b>&.conf", document.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_shipped_model_divides_all_mail_and_is_the_file_in_etc()
    {
        Assert.Equal(File.ReadAllText(Checkout.Path("etc", RehearsalFile.ShippedName)), RehearsalFile.ShippedText());
        foreach (int recipients in (int[])[1, 7, 12_345])
        {
            JsonElement report = JsonDocument.Parse(Text(Plain, "--recipients", $"{recipients}", "--json")).RootElement.GetProperty("data");

            Assert.Equal(recipients, report.GetProperty("recipients").GetInt32());
            Assert.Equal(0, report.GetProperty("left").GetInt32());
            Assert.All(report.GetProperty("receivers").EnumerateArray(), r => Assert.Equal(
                r.GetProperty("recipients").GetInt32(),
                r.GetProperty("delivered").GetInt32() + r.GetProperty("bounced").GetInt32() + r.GetProperty("expired").GetInt32()));
        }
    }

    [Theory]
    [InlineData("gmail.com\n", "campaign.csv:1: 1 column instead of two; write a domain and a number of recipients, such as gmail.com,120000")]
    [InlineData("domain,recipients\ngmail.com,many\n", "campaign.csv:2: neither \"gmail.com\" nor \"many\" is a whole number of recipients")]
    [InlineData("gmail.com,5\n\nnot a domain,6\n", "campaign.csv:3: \"not a domain\" is not a domain")]
    [InlineData("gmail.com,5000000000\n", "campaign.csv:1: 5000000000 recipients are too many; a rehearsal takes at most 1,000,000,000")]
    [InlineData("", "campaign.csv: there is no recipient in it; write lines such as gmail.com,120000")]
    [InlineData("gmail.com,0\n", "campaign.csv: there is no recipient in it; write lines such as gmail.com,120000")]
    [InlineData("domain,count\n", "campaign.csv: there is no recipient in it; write lines such as gmail.com,120000")]
    public void A_campaign_that_cannot_be_read_is_told_with_its_line(string content, string problem)
    {
        (int code, _, string error) = Run(Write("godwit.conf", Plain), "--campaign", Write("campaign.csv", content));

        Assert.Equal(2, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<receiver rest>\nshare 50%\ndomain a.example 100%\n</receiver>\n", "the shares of all receivers are 50% together; make them 100%")]
    [InlineData("<receiver a>\nshare 100%\ndomain a.example 100%\n</receiver>\n", "<receiver rest> is missing: it has the domains that no other receiver has")]
    [InlineData("<receiver rest>\nshare 100%\nprovider gogle\n</receiver>\n", "my.conf:3:10: error: no provider is called gogle; they are google, yahoo")]
    [InlineData("<receiver rest>\nshare 100%\ndomain a.example 100%\nanswer 2% nothing-like\n</receiver>\n", "my.conf:4:8: error: <provider any> has no reply nothing-like")]
    [InlineData("<receiver rest>\nshare 120%\n</receiver>\n", "my.conf:2:7: error: share: \"120%\" is not a share from 0% to 100%")]
    [InlineData("<receiver rest>\nshare 100%\ndomain a.example 80%\ndomain b.example 80%\n</receiver>\n", "the domains of <receiver rest> have more than 100% together")]
    public void A_model_that_makes_no_sense_is_told(string model, string problem)
    {
        (int code, _, string error) = Run(Write("godwit.conf", Plain), "--recipients", "10", "--model", Write("my.conf", model));

        Assert.Equal(2, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("either --recipients or --campaign says who gets mail; give one of them")]
    [InlineData("--recipients 0: write a whole number from 1 to 1,000,000,000", "--recipients", "0")]
    [InlineData("there is no option --recipient", "--recipient", "5")]
    [InlineData("there is no virtual MTA or pool nobody; there are", "--recipients", "5", "--vmta", "nobody")]
    [InlineData("missing.conf: error: cannot read it: no such file", "--recipients", "5", "--model", "/nowhere/missing.conf")]
    [InlineData("missing.csv: cannot read it: no such file", "--campaign", "/nowhere/missing.csv")]
    public void Wrong_words_are_told(string problem, params string[] words)
    {
        (int code, _, string error) = Run([Write("godwit.conf", Plain), .. words]);

        Assert.Equal(2, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_with_mistakes_is_told_with_their_places_and_nothing_runs()
    {
        string file = Write("godwit.conf", Plain + "<domain a.example>\nmax-smtp-out many\nmax-msg-rate 5 per hour\n</domain>\n");

        (int code, string output, string error) = Run(file, "--recipients", "10");

        Assert.Equal((2, ""), (code, output));
        Assert.Contains("godwit.conf:6:14: error: max-smtp-out: ", error, StringComparison.Ordinal);
        Assert.Contains("godwit.conf:7:14: error: max-msg-rate: ", error, StringComparison.Ordinal);
        Assert.Contains($"{file} has errors and would not load: see \"godwit check config {file}\"", error, StringComparison.Ordinal);
    }

    private string Text(string configuration, params string[] words)
    {
        (int code, string output, string error) = Run([Write("godwit.conf", configuration), .. words]);
        Assert.Equal((0, ""), (code, error));
        return output;
    }

    private JsonElement Json(string configuration, string model, params string[] words) =>
        JsonDocument.Parse(Text(configuration, [.. words, "--json", "--model", Write("model.conf", model)])).RootElement.GetProperty("data");

    private static (int Code, string Output, string Error) Run(params string[] words)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        int code = RehearsalCommand.Run(words, file => ConfigFile.Load(file, ConfigSurroundings.Machine with { IsForeign = true }), output, error);
        return (code, output.ToString(), error.ToString());
    }

    private string Write(string name, string content)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, content);
        return file;
    }
}
