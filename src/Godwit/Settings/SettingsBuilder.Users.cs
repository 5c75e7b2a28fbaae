// Who may authenticate.

using System.Security.Cryptography.X509Certificates;

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    private Dictionary<string, SmtpUserSettings> Users(SourceInheritance sources)
    {
        var defaults = new SmtpUserSettings();
        var users = new Dictionary<string, SmtpUserSettings>(StringComparer.OrdinalIgnoreCase);
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.User))
        {
            SmtpUserSettings user = users.GetValueOrDefault(block.Argument, defaults) with { Name = block.Argument };
            OverlayOf(block).ApplyTo(user, defaults);
            users[block.Argument] = user with { Hash = PasswordHash.TryRead(user.Password.Reveal(), out PasswordHash? hash, out _) ? hash : null };
        }

        foreach (CheckedBlock block in root.BlocksOf(BlockKind.User))
        {
            if (block.Last("tls-certificate") is { Value: string file } line)
            {
                users[block.Argument] = users[block.Argument] with { Certificate = ReadCertificate(file, line.ValueAt) };
            }
        }

        // {auth} need not be written: then the client keeps the rules it has.
        foreach ((string name, SmtpUserSettings user) in users.ToList())
        {
            users[name] = sources.Names.Contains(user.Source, StringComparer.OrdinalIgnoreCase) ? user : user with { Source = "" };
        }

        return users;
    }

    private X509Certificate2? ReadCertificate(string file, ConfigPosition at)
    {
        try
        {
            if (CertificateText.TryReadAll(surroundings.Read(file), out X509Certificate2Collection found, out string fault))
            {
                return found[0];
            }

            problems.Warn(at, $"tls-certificate: the file {fault}; the user cannot authenticate");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            if (!surroundings.IsForeign)
            {
                string why = e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : "it cannot be read";
                problems.Warn(at, $"tls-certificate: {why}; the user cannot authenticate");
            }
        }

        return null;
    }
}
