using System.Text;
using Godwit.Dns;
using Godwit.Verification;

namespace Godwit.Tests.Verification;

public sealed class DmarcTests
{
    private const string From = "From: Ann <ann@mail.brand.example>\r\n";

    private readonly Dictionary<string, string> _records = [];
    private readonly List<string> _asked = [];

    [Theory]
    [InlineData("mail.brand.example", "", "pass")]
    [InlineData("bounces.brand.example", "", "pass")]
    [InlineData("brand.example", "", "pass")]
    [InlineData("other.example", "", "fail")]
    [InlineData("", "mail.brand.example", "pass")]
    [InlineData("", "keys.brand.example", "pass")]
    [InlineData("", "notbrand.example", "fail")]
    [InlineData("", "", "fail")]
    public async Task Relaxed_alignment_takes_whatever_belongs_to_the_organization(string spf, string dkim, string result)
    {
        _records["_dmarc.brand.example"] = "v=DMARC1; p=reject";

        Assert.Equal(result, (await CheckAsync(From, spf, dkim)).Word);
    }

    [Theory]
    [InlineData("mail.brand.example", "", "pass")]
    [InlineData("brand.example", "", "fail")]
    [InlineData("", "brand.example", "fail")]
    [InlineData("", "mail.brand.example", "pass")]
    public async Task Strict_alignment_takes_the_same_domain_only(string spf, string dkim, string result)
    {
        _records["_dmarc.brand.example"] = "v=DMARC1; p=reject; adkim=s; aspf=s";

        Assert.Equal(result, (await CheckAsync(From, spf, dkim)).Word);
    }

    [Theory]
    [InlineData("v=DMARC1; p=none; sp=reject", DmarcPolicy.Reject)]
    [InlineData("v=DMARC1; p=reject; sp=quarantine", DmarcPolicy.Quarantine)]
    [InlineData("v=DMARC1; p=reject", DmarcPolicy.Reject)]
    [InlineData("v=DMARC1; p=none; sp=none; np=reject", DmarcPolicy.Reject)]
    [InlineData("v=DMARC1; p=reject; t=y", DmarcPolicy.Quarantine)]
    [InlineData("v=DMARC1; rua=mailto:a@brand.example", DmarcPolicy.None)]
    public async Task The_policy_for_a_subdomain_is_the_organization_s(string record, DmarcPolicy policy)
    {
        _records["_dmarc.brand.example"] = record;

        DmarcFinding finding = await CheckAsync(From, "", "");

        Assert.Equal((DmarcResult.Fail, policy), (finding.Result, finding.Policy));
    }

    [Fact]
    public async Task A_subdomain_with_a_record_of_its_own_is_judged_by_that_and_still_belongs_to_the_organization()
    {
        _records["_dmarc.brand.example"] = "v=DMARC1; p=reject";
        _records["_dmarc.mail.brand.example"] = "v=DMARC1; p=quarantine; sp=none";

        Assert.Equal(DmarcPolicy.Quarantine, (await CheckAsync(From, "", "")).Policy);
        Assert.Equal(DmarcResult.Pass, (await CheckAsync(From, "brand.example", "")).Result);
    }

    [Fact]
    public async Task A_public_suffix_ends_the_organization_below_it()
    {
        _records["_dmarc.example"] = "v=DMARC1; p=reject; psd=y";

        Assert.Equal(DmarcResult.Fail, (await CheckAsync(From, "other.example", "")).Result);
        Assert.Equal(DmarcResult.Pass, (await CheckAsync(From, "brand.example", "")).Result);
    }

    [Fact]
    public async Task A_domain_can_say_that_it_is_an_organization_of_its_own()
    {
        _records["_dmarc.brand.example"] = "v=DMARC1; p=reject";
        _records["_dmarc.mail.brand.example"] = "v=DMARC1; p=reject; psd=n";

        Assert.Equal(DmarcResult.Fail, (await CheckAsync(From, "brand.example", "")).Result);
        Assert.Equal(DmarcResult.Pass, (await CheckAsync(From, "x.mail.brand.example", "")).Result);
    }

    [Theory]
    [InlineData("v=DMARC1; p=reject\nv=DMARC1; p=none")]
    [InlineData("v=DMARC2; p=reject")]
    [InlineData("p=reject; v=DMARC1")]
    [InlineData("v=DMARC1; p=perhaps")]
    [InlineData("v=spf1 -all")]
    public async Task What_is_no_single_record_is_none(string records)
    {
        _records["_dmarc.mail.brand.example"] = records;

        Assert.Equal(DmarcResult.None, (await CheckAsync(From, "mail.brand.example", "")).Result);
    }

    [Fact]
    public async Task Silence_of_dns_is_a_temporary_error()
    {
        _records["_dmarc.brand.example"] = "";

        Assert.Equal(DmarcResult.TempError, (await CheckAsync(From, "mail.brand.example", "")).Result);
    }

    [Fact]
    public async Task Somebody_who_might_vouch_and_could_not_be_checked_leaves_the_question_open()
    {
        _records["_dmarc.brand.example"] = "v=DMARC1; p=reject";
        var spf = new SpfVerdict(SpfResult.TempError, "brand.example", "", "") { Identity = "brand.example" };

        DmarcFinding finding = await DmarcCheck.RunAsync(LookUp, Encoding.Latin1.GetBytes(From), spf, [], TestContext.Current.CancellationToken);

        Assert.Equal(DmarcResult.TempError, finding.Result);
    }

    [Theory]
    [InlineData("Subject: x\r\n", "there is no From")]
    [InlineData("From: a@brand.example\r\nFrom: b@brand.example\r\n", "there is more than one From")]
    [InlineData("From: a@brand.example, b@other.example\r\n", "From names authors of several domains")]
    [InlineData("From: \"a@brand.example, b\" <b@other.example>, <c@brand.example>\r\n", "From names authors of several domains")]
    [InlineData("From: nobody\r\n", "From holds what is no address")]
    [InlineData("From: undisclosed:;\r\n", "From has no address")]
    [InlineData("From: (nobody)\r\n", "From has no address")]
    [InlineData("From: a@brand.example, nobody\r\n", "From holds what is no address")]
    [InlineData("From: a@brand..example, b@brand.example\r\n", "From holds what is no address")]
    [InlineData("From: <a@brand.example> <chief@bank.example>\r\n", "From holds what is no address")]
    [InlineData("From: <a@brand.example> chief@bank.example\r\n", "From holds what is no address")]
    [InlineData("From: a@brand.example <chief@bank.example\r\n", "From holds what is no address")]
    [InlineData("From: a@brand.example; chief@bank.example\r\n", "From holds what is no address")]
    [InlineData("From: us: a@brand.example, chief@bank.example;\r\n", "From names authors of several domains")]
    [InlineData("From: a@[192.0.2.1]\r\n", "From has no domain")]
    public async Task A_header_without_one_author_domain_cannot_be_judged(string header, string reason)
    {
        DmarcFinding finding = await CheckAsync(header, "brand.example", "");

        Assert.Equal((DmarcResult.PermError, reason), (finding.Result, finding.Reason));
    }

    [Theory]
    [InlineData("From: us: <a@brand.example>, \"b, c\" (d, <e@bank.example>) <b@brand.example>;\r\n")]
    [InlineData("From: us: a@brand.example;\r\n")]
    [InlineData("From: Ann <@bank.example,@other.example:a@brand.example> (at home)\r\n")]
    [InlineData("From: , a@brand.example,\r\n , b@brand.example\r\n")]
    public async Task Groups_comments_routes_and_empty_places_do_not_hide_the_author(string header)
    {
        _records["_dmarc.brand.example"] = "v=DMARC1; p=reject";

        Assert.Equal((DmarcResult.Pass, "brand.example"), (await CheckAsync(header, "brand.example", "")) is var found ? (found.Result, found.Domain) : default);
    }

    [Fact]
    public async Task A_deep_name_costs_eight_questions()
    {
        await CheckAsync($"From: a@{string.Concat(Enumerable.Repeat("x.", 60))}brand.example\r\n", "", "");

        Assert.Equal(8, _asked.Count);
        Assert.Equal("_dmarc.x.x.x.x.x.brand.example", _asked[1]);
        Assert.Equal("_dmarc.example", _asked[^1]);
    }

    private async Task<DmarcFinding> CheckAsync(string header, string spfDomain, string dkimDomain)
    {
        var spf = new SpfVerdict(spfDomain.Length > 0 ? SpfResult.Pass : SpfResult.Fail, spfDomain, "", "") { Identity = spfDomain };
        SignatureFinding[] signatures = dkimDomain.Length == 0 ? [] : [new SignatureFinding(SignatureResult.Pass, "", dkimDomain, "s", "rsa-sha256", "", "")];
        return await DmarcCheck.RunAsync(LookUp, Encoding.Latin1.GetBytes(header), spf, signatures, TestContext.Current.CancellationToken);
    }

    private ValueTask<NameAnswer> LookUp(string name, DnsType type, CancellationToken cancellation)
    {
        _asked.Add(name);
        return ValueTask.FromResult(ContentDesk.Answer(name, type, _records.GetValueOrDefault));
    }
}
