// The house of DESIGN: which room stands on which floor, and which rooms each room really uses, read from the compiled assembly.

using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Godwit.Tests.Guards;

/// <summary>Reads the compiled server and tells who uses whom.</summary>
internal static class House
{
    /// <summary>Floor of each room. A room may use rooms on lower floors only.</summary>
    public static readonly IReadOnlyDictionary<string, int> Floors = new Dictionary<string, int>
    {
        ["Foundation"] = 0,
        ["Mail"] = 1,
        ["Patterns"] = 1,
        ["Settings"] = 2,
        ["Diagnostics"] = 2,
        ["Smtp"] = 3,
        ["Dns"] = 3,
        ["Dkim"] = 3,
        ["Tls"] = 3,
        ["Sasl"] = 3,
        ["Spool"] = 3,
        ["Accounting"] = 3,
        ["Queues"] = 3,
        ["Export"] = 4,
        ["Intake"] = 4,
        ["Verification"] = 4,
        ["Disposition"] = 5,
        ["Trust"] = 5,
        ["Reception"] = 6,
        ["Delivery"] = 6,
        ["Rehearsal"] = 6,
        ["Control"] = 7,
        ["Metrics"] = 8,
        ["Api"] = 8,
        ["Web"] = 9,
        [""] = 10,
    };

    private static readonly Dictionary<short, OpCode> _opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static Assembly Server { get; } = typeof(Godwit.Mail.SmtpReply).Assembly;

    /// <summary>Every type that a person wrote (compiler-made ones belong to the type they are nested in).</summary>
    public static IEnumerable<Type> WrittenTypes => Server.GetTypes().Where(type =>
        RoomOf(type) is not null && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) && !type.Name.Contains('<', StringComparison.Ordinal));

    /// <summary>The room of a type: its namespace behind "Godwit."; null for foreign and compiler-made top-level types.</summary>
    public static string? RoomOf(Type type)
    {
        Type outer = type;
        while (outer.DeclaringType is not null)
        {
            outer = outer.DeclaringType;
        }

        if (outer.Assembly != Server)
        {
            return null;
        }

        return outer.Namespace switch
        {
            "Godwit" => "",
            { } name when name.StartsWith("Godwit.", StringComparison.Ordinal) => name["Godwit.".Length..],
            null when outer.Name == "Program" => "",
            _ => null,
        };
    }

    /// <summary>Pairs (user, used) of types in different rooms.</summary>
    public static IEnumerable<(Type User, Type Used)> Uses()
    {
        foreach (Type type in Server.GetTypes())
        {
            if (RoomOf(type) is not { } room)
            {
                continue;
            }

            foreach (Type used in TypesUsedBy(type).SelectMany(Unfold).Distinct())
            {
                if (RoomOf(used) is { } other && other != room)
                {
                    yield return (type, used);
                }
            }
        }
    }

    /// <summary>Types from outside the server that a room uses, and types of Foundation.</summary>
    public static IEnumerable<Type> ForeignTypesOf(string room) =>
        Server.GetTypes().Where(type => RoomOf(type) == room).SelectMany(TypesUsedBy).SelectMany(Unfold).Distinct()
            .Where(type => RoomOf(type) is null or "Foundation");

    /// <summary>Pairs (caller's outermost type, called method) in code that a person wrote: the members that a record gets by itself do not count.</summary>
    public static IEnumerable<(Type Caller, MethodBase Called)> Calls()
    {
        foreach (Type type in Server.GetTypes().Where(type => RoomOf(type) is not null))
        {
            Type outer = type;
            while (outer.DeclaringType is not null)
            {
                outer = outer.DeclaringType;
            }

            foreach (MethodBase method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All))
                .Where(method => !method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)))
            {
                foreach (MethodBase called in MembersInBody(type, method).OfType<MethodBase>())
                {
                    yield return (outer, called);
                }
            }
        }
    }

    private static IEnumerable<Type> TypesUsedBy(Type type)
    {
        if (type.BaseType is not null)
        {
            yield return type.BaseType;
        }

        foreach (Type contract in type.GetInterfaces())
        {
            yield return contract;
        }

        foreach (FieldInfo field in type.GetFields(All))
        {
            yield return field.FieldType;
        }

        foreach (MethodBase method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            foreach (ParameterInfo parameter in method.GetParameters())
            {
                yield return parameter.ParameterType;
            }

            if (method is MethodInfo { ReturnType: { } result })
            {
                yield return result;
            }

            foreach (Type used in TypesInBody(type, method))
            {
                yield return used;
            }
        }
    }

    private static IEnumerable<Type> TypesInBody(Type type, MethodBase method)
    {
        foreach (LocalVariableInfo local in method.GetMethodBody()?.LocalVariables ?? [])
        {
            yield return local.LocalType;
        }

        foreach (MemberInfo member in MembersInBody(type, method))
        {
            if (member is Type named)
            {
                yield return named;
            }
            else
            {
                if (member.DeclaringType is not null)
                {
                    yield return member.DeclaringType;
                }

                if (member is MethodInfo { IsGenericMethod: true } generic)
                {
                    foreach (Type argument in generic.GetGenericArguments())
                    {
                        yield return argument;
                    }
                }
            }
        }
    }

    private static IEnumerable<MemberInfo> MembersInBody(Type type, MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            return [];
        }

        Type[]? typeArguments = type.IsGenericType ? type.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        return Tokens(code).Select(token => type.Module.ResolveMember(token, typeArguments, methodArguments)).OfType<MemberInfo>();
    }

    /// <summary>Metadata tokens of types and members in a method's code.</summary>
    private static List<int> Tokens(byte[] code)
    {
        var tokens = new List<int>();
        int position = 0;
        while (position < code.Length)
        {
            short value = code[position++];
            if (value == 0xFE)
            {
                value = (short)(0xFE00 | code[position++]);
            }

            OperandType operand = _opCodes[value].OperandType;
            switch (operand)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    position += 1;
                    break;
                case OperandType.InlineVar:
                    position += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    position += 8;
                    break;
                case OperandType.InlineSwitch:
                    position += 4 + 4 * BitConverter.ToInt32(code, position);
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    tokens.Add(BitConverter.ToInt32(code, position));
                    position += 4;
                    break;
                default:
                    position += 4;
                    break;
            }
        }

        return tokens;
    }

    /// <summary>The type itself, its element type and its generic arguments.</summary>
    private static IEnumerable<Type> Unfold(Type type)
    {
        while (type.HasElementType)
        {
            type = type.GetElementType()!;
        }

        yield return type;
        foreach (Type argument in type.IsGenericType ? type.GetGenericArguments() : [])
        {
            foreach (Type inner in Unfold(argument))
            {
                yield return inner;
            }
        }
    }
}
