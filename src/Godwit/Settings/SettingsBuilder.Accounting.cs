// <acct-file>.

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    private List<AccountingFileSettings> AccountingFiles()
    {
        var files = new List<AccountingFileSettings>();
        var defaults = new AccountingFileSettings { Path = "" };
        foreach (CheckedBlock block in root.Blocks.Where(b => b.Kind == BlockKind.AccountingFile))
        {
            if (block.Argument is ['|', ..])
            {
                problems.Once("pipe", block.At, ConfigSeverity.Warning, "accounting to a command is not supported yet; this <acct-file> has no effect");
                continue;
            }

            var file = new AccountingFileSettings { Path = Path.GetFullPath(block.Argument, baseDirectory), RecordFields = RecordFields(block) };
            OverlayOf(block).ApplyTo(file, defaults);
            if (files.Exists(f => f.Path == file.Path))
            {
                problems.Error(block.ArgumentAt, $"{file.Path} is written by two <acct-file> blocks");
                continue;
            }

            files.Add(file);
        }

        return files;
    }

    private static Dictionary<string, IReadOnlyList<string>> RecordFields(CheckedBlock block)
    {
        var fields = new Dictionary<string, IReadOnlyList<string>>();
        foreach (CheckedDirective line in All(block, "record-fields"))
        {
            if (line.Value is RecordFieldsValue value)
            {
                foreach (string type in value.Types)
                {
                    fields[type] = value.Fields;
                }
            }
        }

        return fields;
    }
}
