using Godwit.Settings;

namespace Godwit.Tests.Web;

/// <summary>What opens the port, and what a page of another site cannot do with a browser that may.</summary>
public sealed class KeysAndForeignPagesTests
{
    private static readonly (string, string) _key = ("X-API-Key", PortLab.ApiKey);

    [Fact]
    public async Task An_API_key_gives_full_access_and_needs_no_other_proof()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);

        Assert.Equal(403, (await lab.CommandAsync("reload")).Status);
        Assert.Equal(200, (await lab.CommandAsync("reload", _key)).Status);
        Assert.Equal(200, (await lab.CommandAsync("reload", ("X-API-Key", PortLab.OtherKey))).Status);
        Assert.Equal("admin", (await lab.GetAsync("/api/v1/session", _key)).Json("level"));
    }

    [Theory]
    [InlineData("A_key_of_32_letters_or_more_0003")]
    [InlineData("A_key_of_32_letters_or_more_000")]
    [InlineData("a_key_of_32_letters_or_more_0001")]
    [InlineData("x")]
    public async Task A_wrong_key_is_refused_also_where_no_key_is_needed(string wrong)
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Admin);

        PortLab.Answer answer = await lab.GetAsync("/status", ("X-API-Key", wrong));

        Assert.Equal(403, answer.Status);
        Assert.DoesNotContain(wrong + "\"", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_opens_nothing_from_an_address_that_may_not_speak_to_the_port()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.None);

        Assert.Equal(403, (await lab.GetAsync("/status", _key)).Status);
        Assert.Equal("none", (await lab.GetAsync("/api/v1/session", _key)).Json("level"));
    }

    [Fact]
    public async Task The_token_of_this_machine_opens_everything_whatever_http_access_says()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.None);

        Assert.Equal(403, (await lab.CommandAsync("reload")).Status);
        Assert.Equal(200, (await lab.CommandAsync("reload", ("X-Godwit-Token", lab.Token))).Status);
        Assert.Equal(403, (await lab.CommandAsync("show status", ("X-Godwit-Token", new string('0', 64)))).Status);
        Assert.Contains("control-token", (await lab.GetAsync("/control")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_configuration_everybody_on_this_machine_looks_and_nobody_changes()
    {
        await using PortLab lab = await PortLab.OpenAsync();

        PortLab.Answer who = await lab.GetAsync("/api/v1/session");

        Assert.Equal(("monitor", "", "mx1.sender.example", "False"), (who.Json("level"), who.Json("user"), who.Json("host"), who.Json("readLogs")));
        Assert.Equal(200, (await lab.GetAsync("/status")).Status);
        Assert.Equal(403, (await lab.CommandAsync("reload", ("X-CSRF-Token", who.Json("csrfToken")))).Status);
        Assert.Equal(200, (await lab.CommandAsync("reload", ("X-Godwit-Token", lab.Token))).Status);
    }

    [Fact]
    public async Task A_change_by_address_alone_needs_the_CSRF_token_of_the_page()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Operator);
        string csrf = (await lab.GetAsync("/api/v1/session")).Json("csrfToken");

        PortLab.Answer without = await lab.CommandAsync("reload");
        Assert.Equal(403, without.Status);
        Assert.Contains("X-CSRF-Token", without.Body, StringComparison.Ordinal);
        Assert.Equal(403, (await lab.CommandAsync("reload", ("X-CSRF-Token", csrf[..^1] + (csrf[^1] == '0' ? '1' : '0')))).Status);
        Assert.Equal(200, (await lab.CommandAsync("reload", ("X-CSRF-Token", csrf))).Status);
        Assert.Equal(200, (await lab.CommandAsync("show status")).Status);
    }

    [Fact]
    public async Task A_form_may_carry_the_CSRF_token_in_a_field()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Operator);
        string csrf = (await lab.GetAsync("/api/v1/session")).Json("csrfToken");

        PortLab.Answer answer = await lab.SendAsync(
            HttpMethod.Post, "/command", new FormUrlEncodedContent([new("command", "reload"), new("CSRFToken", csrf)]));

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task The_CSRF_token_belongs_to_the_name_that_the_page_was_read_under()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Operator);
        string other = (await lab.GetAsync("/api/v1/session", ("Host", "localhost"))).Json("csrfToken");

        Assert.Equal(403, (await lab.CommandAsync("reload", ("X-CSRF-Token", other))).Status);
        Assert.Equal(200, (await lab.CommandAsync("reload", ("X-CSRF-Token", other), ("Host", "localhost"))).Status);
    }

    [Fact]
    public async Task Protection_can_be_switched_off_for_old_scripts_and_a_GET_changes_nothing_even_then()
    {
        bool reloaded = false;
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Operator);
        lab.Server.Reload = _ =>
        {
            reloaded = true;
            return Task.FromResult(Control.TestServer.Reloaded(2));
        };
        lab.Change(settings => settings with { HttpCsrfProtection = false });

        Assert.NotEqual(200, (await lab.GetAsync("/command?command=reload")).Status);
        Assert.False(reloaded);
        Assert.Equal(200, (await lab.CommandAsync("reload")).Status);
        Assert.True(reloaded);
    }

    [Theory]
    [InlineData("attacker.example")]
    [InlineData("mx1.sender.example.attacker.example")]
    public async Task A_rebound_name_gets_nothing_also_where_other_machines_are_let_in(string host)
    {
        await using PortLab lab = await PortLab.OpenAsync();
        Open(lab);

        Assert.Equal(403, (await lab.GetAsync("/status", ("Host", host))).Status);
        Assert.Equal(403, (await lab.GetAsync("/api/v1/session", ("Host", host))).Status);
        Assert.Equal(200, (await lab.GetAsync("/status", ("Host", host), _key)).Status);
    }

    [Theory]
    [InlineData("mx1.sender.example")]
    [InlineData("MX1.sender.example:8080")]
    [InlineData("192.0.2.1:8080")]
    [InlineData("[2001:db8::1]")]
    public async Task Names_and_addresses_of_the_server_are_served_where_other_machines_are_let_in(string host)
    {
        await using PortLab lab = await PortLab.OpenAsync();
        Assert.Equal(403, (await lab.GetAsync("/status", ("Host", host))).Status);
        Open(lab);

        Assert.Equal(200, (await lab.GetAsync("/status", ("Host", host))).Status);
    }

    [Theory]
    [InlineData("https://attacker.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1:1")]
    public async Task A_page_of_another_site_is_refused_with_and_without_a_session(string origin)
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);
        lab.AddUser("ann", "right horse", AccessLevel.Admin);
        PortLab.Answer signedIn = await lab.SignInAsync("ann", "right horse");

        Assert.Equal(403, (await lab.GetAsync("/status", ("Origin", origin))).Status);
        Assert.Equal(403, (await lab.SignInAsync("ann", "right horse", ("Origin", origin))).Status);
        Assert.Equal(403, (await lab.CommandAsync(
            "reload", ("Origin", origin), ("Cookie", signedIn.Cookie), ("X-CSRF-Token", signedIn.Json("csrfToken")))).Status);
    }

    private static void Open(PortLab lab) => lab.Change(settings => settings with
    {
        HttpAccess = [new HttpAccessRule(System.Net.IPNetwork.Parse("0.0.0.0/0"), AccessLevel.Monitor, DeniesLogs: false)],
        HttpApiKeys = [new SecretValue(PortLab.ApiKey)],
        HostNames = [Godwit.Mail.DomainName.Parse("mx1.sender.example")],
    });
}
