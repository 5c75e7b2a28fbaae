// Columns that no record has, and types of which there are no records. They load, because a later version may have them, and the file is written
// without them: whoever reads it by position would take one column for another.

namespace Godwit.Settings;

/// <summary>Types in <c>records</c> and fields in <c>record-fields</c> that cannot be written.</summary>
internal static class AccountingLint
{
    /// <summary>What PowerMTA can put into records of reports.</summary>
    private static readonly string[] _families = ["arf_"];

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.AccountingFile))
        {
            string[] mapped = [.. block.All("map-header-to-field").Select(line => line.Value).OfType<HeaderFieldMap>().Select(map => map.Field)];
            foreach (CheckedDirective line in block.All("record-fields"))
            {
                if (line.Value is RecordFieldsValue value)
                {
                    CheckTypes(line, value.Types, surroundings, problems);
                    CheckFields(line, value, mapped, surroundings, problems);
                }
            }
        }

        foreach (CheckedDirective line in root.BlocksOf(BlockKind.AccountingFile).SelectMany(b => b.All("records")))
        {
            if (line.Value is IReadOnlyList<string> types)
            {
                CheckTypes(line, types, surroundings, problems);
            }
        }
    }

    /// <summary>Types of which no record can be written so far.</summary>
    private static void CheckTypes(CheckedDirective line, IReadOnlyList<string> types, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (surroundings.AccountingFields("d").Count == 0)
        {
            return; // Nobody knows what is written.
        }

        foreach (string type in types)
        {
            if (surroundings.AccountingFields(type).Count == 0)
            {
                problems.Once($"type {line.Directive.Name} {type}", line.ValueAt, ConfigSeverity.Warning,
                    $"{line.Directive.Name}: records of type {type} are not supported yet, no file gets any");
            }
        }
    }

    private static void CheckFields(
        CheckedDirective line, RecordFieldsValue value, string[] mapped, ConfigSurroundings surroundings, ProblemList problems)
    {
        foreach ((string entry, int offset) in value.Fields.Zip(value.Offsets))
        {
            string field = entry.TrimStart('!', ' ');
            if (mapped.Contains(field, StringComparer.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (string type in value.Types)
            {
                if (type != "tq" && field.StartsWith(HeaderFieldMap.Prefix, StringComparison.OrdinalIgnoreCase) && field.Length > HeaderFieldMap.Prefix.Length)
                {
                    continue;
                }

                IReadOnlyList<string> known = surroundings.AccountingFields(type);
                if (field != "*" && known.Count > 0 && !known.Contains(field, StringComparer.OrdinalIgnoreCase))
                {
                    problems.Warn(line.ValueAt.Right(offset), $"record-fields: {Sentence(field, type, known)}");
                    break;
                }
            }
        }
    }

    private static string Sentence(string field, string type, IReadOnlyList<string> known) =>
        Array.Exists(_families, family => field.StartsWith(family, StringComparison.OrdinalIgnoreCase))
            ? $"{ValueParsers.Show(field)} is not supported yet, the column is left out"
            : $"records of type {type} have no field {ValueParsers.Show(field)}, the column is left out{Spelling.Hint(field, known)}";
}
