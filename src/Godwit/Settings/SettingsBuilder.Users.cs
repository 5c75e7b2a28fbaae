// Who may authenticate.

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

        // {auth} need not be written: then the client keeps the rules it has.
        foreach ((string name, SmtpUserSettings user) in users.ToList())
        {
            users[name] = sources.Names.Contains(user.Source, StringComparer.OrdinalIgnoreCase) ? user : user with { Source = "" };
        }

        return users;
    }
}
