// Mail for files and programs that have no place to go: nothing said, a program that cannot be run, a directory that is not there.

using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary><c>type file</c> without a destination, <c>type pipe</c> without a program.</summary>
internal static class LocalDeliveryLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings is null)
        {
            return;
        }

        foreach (WrittenDomain domain in WrittenDomain.Of(root, static block => Line(block) is not null))
        {
            foreach (DomainPattern pattern in domain.Patterns)
            {
                if (domain.Effective(pattern, settings) is { } delivery && Complaint(delivery, surroundings) is { } complaint)
                {
                    CheckedDirective line = Line(domain.Block)!;
                    problems.WarnFew("local delivery", line.At, () => complaint);
                    break;
                }
            }
        }
    }

    /// <summary>The line that decides where the block's mail goes.</summary>
    private static CheckedDirective? Line(CheckedBlock block) => block.Last("command") ?? block.Last("file-destination") ?? block.Last("type");

    private static string? Complaint(DeliverySettings delivery, ConfigSurroundings surroundings) => delivery.Kind switch
    {
        DeliveryKind.Pipe when delivery.Command.Length == 0 =>
            "type pipe without a command: the mail waits until one is given; add command \"/path/program $to\"",
        DeliveryKind.Pipe => OfProgram(ProgramLine.Read(delivery.Command, out _)?[0], surroundings),
        DeliveryKind.File when delivery.FileDestination.Length == 0 =>
            "type file without a file-destination: the mail waits until one is given; add file-destination /path",
        DeliveryKind.File => OfDirectory(delivery, surroundings),
        _ => null,
    };

    private static string? OfProgram(MacroText? program, ConfigSurroundings surroundings)
    {
        if (program is null || !program.IsConstant)
        {
            return null;
        }

        if (!program.Head.StartsWith('/'))
        {
            return $"the program {program.Head} has no path, so it is not found; write it with its whole path";
        }

        return surroundings.IsForeign ? null : surroundings.LookAtProgram(program.Head) switch
        {
            ProgramState.Missing => $"the program {program.Head} does not exist, so the mail waits; install it or correct the path",
            ProgramState.NotExecutable =>
                $"the program {program.Head} cannot be run by the user who asks; run: chmod +x {program.Head}, or check as the server's user",
            _ => null,
        };
    }

    /// <summary>The directory as far as it is the same for all mail.</summary>
    private static string? OfDirectory(DeliverySettings delivery, ConfigSurroundings surroundings)
    {
        MacroText place = MacroText.OfPath(delivery.FileDestination);
        string directory = place.IsConstant && delivery.FileFormat != FileFormat.AppendMbox ? place.Head : place.Head[..(place.Head.LastIndexOf('/') + 1)];
        if (surroundings.IsForeign || directory.Length == 0)
        {
            return null;
        }

        directory = directory.Length > 1 ? directory.TrimEnd('/') : directory;
        return surroundings.Look(directory) switch
        {
            DirectoryState.Missing or DirectoryState.CannotBeCreated => $"{directory} does not exist, and mail does not make directories; create it",
            DirectoryState.NotADirectory => $"{directory} is no directory; correct the path",

            // Below a directory that differs from mail to mail, and for a mailbox that is there already, the right to create says nothing.
            DirectoryState.NotWritable when place.IsConstant && delivery.FileFormat != FileFormat.AppendMbox =>
                $"{directory} cannot be written by the user who asks; change its owner, or run the check as the server's user",
            _ => null,
        };
    }
}
