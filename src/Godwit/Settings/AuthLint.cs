// Authentication that locks everybody out, lets passwords be read, or asks for nothing: on the way in and on the way out. Static.

using System.Net;
using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>Checks who authenticates, and how.</summary>
internal static class AuthLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        CheckUsers(root, settings, problems);
        foreach (CheckedBlock source in root.BlocksOf(BlockKind.Source))
        {
            CheckSource(source, root, problems);
        }

        if (settings is not null)
        {
            CheckClear(root, settings, problems);
            CheckHosts(root, settings, problems);
        }
    }

    private static void CheckUsers(CheckedBlock root, ServerSettings? settings, ProblemList problems)
    {
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.User))
        {
            if (settings?.SmtpUsers.GetValueOrDefault(block.Argument) is { Method: AuthenticationMethod.Certificate, Certificate: null }
                && block.Last("tls-certificate") is null)
            {
                problems.Once("user without certificate", block.ArgumentAt, ConfigSeverity.Warning,
                    $"<smtp-user {SecretText.Name(block.Argument)}> is to be known by a certificate and has none; add \"tls-certificate FILE\"");
            }

            if (settings?.SmtpUsers.GetValueOrDefault(block.Argument) is { Method: AuthenticationMethod.Password, Password.IsEmpty: true }
                && !block.IsUnread("password"))
            {
                problems.Once("user without password", block.ArgumentAt, ConfigSeverity.Warning,
                    $"<smtp-user {SecretText.Name(block.Argument)}> has no password, so nobody can authenticate as this user; "
                    + "add \"password\" with what \"godwit hash-password\" prints");
            }
        }
    }

    private static void CheckSource(CheckedBlock source, CheckedBlock root, ProblemList problems)
    {
        bool requires = source.Last("require-auth") is { Value: true };
        if (requires && !root.BlocksOf(BlockKind.User).Any() && !root.IsUnread("smtp-user"))
        {
            problems.Once("auth without users", source.Last("require-auth")!.At, ConfigSeverity.Warning,
                "require-auth yes, and there is no <smtp-user>: nobody can send mail from here; add one");
        }

        if (requires && source.Last("allow-auth") is { Value: false } forbids)
        {
            problems.Warn(forbids.At, "allow-auth no beside require-auth yes: nobody can send mail from here; remove one of them");
        }

        if (source.Last("require-starttls-before-auth") is { Value: true } tls && source.Last("allow-starttls") is not { Value: true })
        {
            problems.Once("auth without starttls", tls.At, ConfigSeverity.Warning,
                "require-starttls-before-auth yes without allow-starttls yes: clients can authenticate on listeners with immediate TLS only");
        }

        if (source.Last("smtp-max-auth-failure-rate") is { Value: Rate { IsUnlimited: false } } rate && !requires)
        {
            problems.Once("auth failures", rate.At, ConfigSeverity.Warning,
                "smtp-max-auth-failure-rate holds only where require-auth yes does: others can send without a password, so guessing one gains little");
        }
    }

    /// <summary>Passwords on the network; a listener that only this machine reaches has none.</summary>
    private static void CheckClear(CheckedBlock root, ServerSettings settings, ProblemList problems)
    {
        if (settings.SmtpUsers.Count == 0 || settings.Listeners.All(l => IPAddress.IsLoopback(l.EndPoint.Address)))
        {
            return;
        }

        foreach (CheckedBlock source in root.BlocksOf(BlockKind.Source))
        {
            bool isHere = ValueParsers.TryNetwork(source.Argument, out IPNetwork network) && IPAddress.IsLoopback(network.BaseAddress);
            if (!isHere && source.Last("allow-unencrypted-plain-auth") is { Value: true } line)
            {
                problems.Once("plain auth in clear", line.At, ConfigSeverity.Warning,
                    "allow-unencrypted-plain-auth yes lets passwords cross the network readable; allow-starttls yes, or clients that use SCRAM-SHA-256, "
                    + "do without");
            }
        }
    }

    private static void CheckHosts(CheckedBlock root, ServerSettings settings, ProblemList problems)
    {
        foreach (WrittenDomain domain in WrittenDomain.Of(root, static block => block.Directives.Exists(IsAboutLogin)))
        {
            CheckedDirective line = domain.Block.Directives.Find(IsAboutLogin)!;
            if (domain.Patterns.Count > 0 && domain.Effective(domain.Patterns[0], settings) is { } effective && Fault(effective) is { Length: > 0 } fault)
            {
                problems.Once($"login {fault}", line.At, ConfigSeverity.Warning, fault);
            }
        }
    }

    private static bool IsAboutLogin(CheckedDirective line) =>
        line.Directive.Name is "auth-username" or "auth-password" or "auth-method" or "auth-token-file" && line.Value is not null;

    /// <summary>Whether the password, or a token, may be sent readable to somebody else over the network, without the operator's having said so.</summary>
    private static bool MayShowPassword(DeliverySettings settings) =>
        settings is { UseUnencryptedPlainAuth: false, AuthMethod: not (AuthMethod.ScramSha256 or AuthMethod.CramMd5) }
        && (settings.UseStartTls || settings.RequireStartTls == true)
        && !(settings.SmtpHosts.Count > 0 && settings.SmtpHosts.SelectMany(level => level.Hosts).All(IsHere));

    private static bool IsHere(HostTarget host) => host.Address is { } address && IPAddress.IsLoopback(address);

    private static string Fault(DeliverySettings settings) => settings switch
    {
        { AuthUsername.Length: 0 } => "without auth-username nobody authenticates; add it",
        { AuthMethod: AuthMethod.XOAuth2, AuthTokenFile.Length: 0 } => "auth-method xoauth2 needs auth-token-file, the file with the access token; mail waits",
        { AuthMethod: not AuthMethod.XOAuth2, AuthTokenFile.Length: > 0 } => "auth-token-file is read with auth-method xoauth2 only; add that",
        { AuthMethod: not AuthMethod.XOAuth2, AuthPassword.IsEmpty: true } => "auth-username without auth-password: nobody gets in with that, so mail waits",
        _ when MayShowPassword(settings) && settings.SmtpHosts.SelectMany(static level => level.Hosts).Any(static host => host.LookupMx) =>
            "auth-username with lookup-mx: DNS names the hosts, so they hear a readable password only where DNSSEC protects that and they prove their names, "
            + "and mail waits otherwise; name the hosts, or set auth-method scram-sha-256 where they know that",
        { TlsCaFile.Length: 0 } when MayShowPassword(settings) =>
            "auth-username without smtp-tls-ca-file: the host proves its name only where it has TLSA records, so whoever can stand between gets the password; "
            + "add smtp-tls-ca-file, or auth-method scram-sha-256 where the host knows that",
        _ => "",
    };
}
